package windows

import (
	"time"

	"faultline/platform"
)

// tcpInfo is what is read of TCP_INFO_v0 and v1 (mstcpip.h), which begin alike.
type tcpInfo struct {
	MSS, RTT, InFlight, Window, Retransmitted uint32 // RTT in microseconds
	SYNRepeats                                int
}

const tcpInfoSize = 88 // of version 0

// decodeTCPInfo reads TCP_INFO_v0. The layout holds no pointer and is the same
// everywhere; three bytes follow the BOOLEAN at 16, three the UCHAR at 84.
func decodeTCPInfo(b []byte) (tcpInfo, bool) {
	if len(b) < tcpInfoSize {
		return tcpInfo{}, false
	}
	s := structure(b)
	return tcpInfo{MSS: s.u32(4), RTT: s.u32(20), InFlight: s.u32(28), Window: s.u32(36), Retransmitted: s.u32(68),
		SYNRepeats: int(s.u8(84))}, true
}

// facts counts in segments what Windows counts in bytes: as few as can hold
// them. What the peer's window keeps back is not told.
func (i tcpInfo) facts() *platform.TCPInfo {
	return &platform.TCPInfo{RTT: time.Duration(i.RTT) * time.Microsecond, MSS: int(i.MSS), PeerWindow: int(i.Window),
		Retransmits: i.SYNRepeats + i.segments(i.Retransmitted), Unacked: i.segments(i.InFlight)}
}

func (i tcpInfo) segments(bytes uint32) int {
	if bytes == 0 {
		return 0
	}
	if i.MSS == 0 {
		return 1
	}
	return int((uint64(bytes) + uint64(i.MSS) - 1) / uint64(i.MSS))
}

const icmpErrorInfoSize = 36

// decodeICMPError reads ICMP_ERROR_INFO (ws2ipdef.h): a SOCKADDR_INET of 28
// bytes, the protocol, the type and the code.
func decodeICMPError(b []byte) *platform.ICMP {
	if len(b) < icmpErrorInfoSize-2 {
		return nil
	}
	from := structure(b).inet()
	if !from.IsValid() {
		return nil
	}
	return &platform.ICMP{From: from, Type: int(b[32]), Code: int(b[33])}
}
