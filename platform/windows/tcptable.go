package windows

import (
	"encoding/binary"
	"net/netip"
	"time"

	"faultline/platform"
)

// connectionStates are the states of a connection by their number in
// MIB_TCP_STATE (tcpmib.h).
var connectionStates = map[uint32]string{
	3: platform.SynSent, 4: platform.SynReceived, 5: platform.Established, 6: platform.FinWait1, 7: platform.FinWait2,
	8: platform.CloseWait, 9: platform.Closing, 10: platform.LastAck, 11: platform.TimeWait,
}

const (
	tcpListen    = 2
	tcpCloseWait = 8
)

// socketRow is one TCP or UDP socket; a UDP socket has neither far end nor state.
type socketRow struct {
	Local, Remote netip.AddrPort
	State         uint32
	PID           int
	Created       int64  // when it was bound, in 100 ns since 1601
	Scope         int    // the adapter of a link-local address
	raw           []byte // as the system gave it: it takes a row back to tell who owns it
}

// owned reports whether the port cannot be used by any other socket. What the
// row of a listener says of a far end has no meaning.
func (r socketRow) owned() bool { return r.State == tcpListen || r.Remote.Port() == 0 }

// Tables begin with the number of rows, and 4 bytes that align them to the time
// stamp in each. Neither holds a pointer.
const (
	tableHead   = 8
	tcpRowSize  = 160
	tcp6RowSize = 192
	udpRowSize  = 160
	udp6RowSize = 176
)

// decodeTCPTable reads MIB_TCPTABLE_OWNER_MODULE (tcpmib.h). Rows that the
// count promises and the bytes do not hold are left out.
func decodeTCPTable(b []byte) []socketRow {
	return decodeRows(b, tcpRowSize, func(r []byte) socketRow {
		return socketRow{State: binary.LittleEndian.Uint32(r), PID: int(binary.LittleEndian.Uint32(r[20:])),
			Local:   netip.AddrPortFrom(netip.AddrFrom4([4]byte(r[4:8])), tablePort(r[8:])),
			Remote:  netip.AddrPortFrom(netip.AddrFrom4([4]byte(r[12:16])), tablePort(r[16:])),
			Created: int64(binary.LittleEndian.Uint64(r[24:])), raw: r}
	})
}

// decodeTCP6Table reads MIB_TCP6TABLE_OWNER_MODULE (tcpmib.h).
func decodeTCP6Table(b []byte) []socketRow {
	return decodeRows(b, tcp6RowSize, func(r []byte) socketRow {
		s := socketRow{State: binary.LittleEndian.Uint32(r[48:]), PID: int(binary.LittleEndian.Uint32(r[52:])),
			Local:   netip.AddrPortFrom(netip.AddrFrom16([16]byte(r[:16])), tablePort(r[20:])),
			Remote:  netip.AddrPortFrom(netip.AddrFrom16([16]byte(r[24:40])), tablePort(r[44:])),
			Created: int64(binary.LittleEndian.Uint64(r[56:])), raw: r}
		if s.Local.Addr().IsLinkLocalUnicast() {
			s.Scope = int(binary.LittleEndian.Uint32(r[16:]))
		}
		return s
	})
}

// decodeUDPTable reads MIB_UDPTABLE_OWNER_MODULE (udpmib.h): 4 bytes align the
// time stamp. Whether a socket is connected, and to whom, Windows does not tell.
func decodeUDPTable(b []byte) []socketRow {
	return decodeRows(b, udpRowSize, func(r []byte) socketRow {
		return socketRow{Local: netip.AddrPortFrom(netip.AddrFrom4([4]byte(r[:4])), tablePort(r[4:])),
			PID: int(binary.LittleEndian.Uint32(r[8:])), Created: int64(binary.LittleEndian.Uint64(r[16:])), raw: r}
	})
}

// decodeUDP6Table reads MIB_UDP6TABLE_OWNER_MODULE (udpmib.h).
func decodeUDP6Table(b []byte) []socketRow {
	return decodeRows(b, udp6RowSize, func(r []byte) socketRow {
		s := socketRow{Local: netip.AddrPortFrom(netip.AddrFrom16([16]byte(r[:16])), tablePort(r[20:])),
			PID: int(binary.LittleEndian.Uint32(r[24:])), Created: int64(binary.LittleEndian.Uint64(r[32:])), raw: r}
		if s.Local.Addr().IsLinkLocalUnicast() {
			s.Scope = int(binary.LittleEndian.Uint32(r[16:]))
		}
		return s
	})
}

// since is when a socket was bound. FILETIME counts 100 ns from 1601
// (minwinbase.h), which a row of the system's own may leave at nothing.
func (r socketRow) since() (at time.Time) {
	const year1970 = 116_444_736_000_000_000
	if r.Created > year1970 && r.Created < 2*year1970 {
		at = time.UnixMicro((r.Created - year1970) / 10).UTC()
	}
	return at
}

func decodeRows(b []byte, size int, decode func([]byte) socketRow) (out []socketRow) {
	for _, r := range rows(b, tableHead, size) {
		out = append(out, decode(r))
	}
	return out
}

// tablePort reads a port: in network order, in the low half of a DWORD.
func tablePort(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
