package linux

import (
	"strconv"
	"strings"
)

// wanted are the counters that tell something of a diagnosis: what this
// machine itself dropped, reset or gave up.
var wanted = map[string]bool{
	"Ip.InHdrErrors": true, "Ip.InAddrErrors": true, "Ip.InDiscards": true, "Ip.OutDiscards": true,
	"Ip.OutNoRoutes": true, "Ip.ReasmFails": true, "Ip.FragFails": true, "Ip.OutRequests": true, "Ip.InReceives": true,
	// Received and not delivered, nor forwarded nor faulty: dropped by an input filter.
	"Ip.InDelivers": true, "Ip6.InDelivers": true, "Ip6.InMcastPkts": true, "Ip6.InNoRoutes": true, "Icmp6.OutNeighborSolicits": true, "Ip.InUnknownProtos": true,
	"IpExt.InMcastPkts": true, "IpExt.InBcastPkts": true, "IpExt.InNoRoutes": true,
	"Ip.OutTransmits":  true, // on newer kernels: OutRequests less what netfilter dropped, and what was forwarded
	"Ip.ForwDatagrams": true, "Ip6.OutForwDatagrams": true,
	"Ip6.InHdrErrors": true, "Ip6.InAddrErrors": true, "Ip6.InDiscards": true, "Ip6.OutDiscards": true,
	"Ip6.OutNoRoutes": true, "Ip6.InTooBigErrors": true, "Ip6.ReasmFails": true, "Ip6.FragFails": true,
	"Ip6.OutRequests": true, "Ip6.InReceives": true, "Ip6.OutTransmits": true,
	"Icmp.InDestUnreachs": true, "Icmp.OutDestUnreachs": true, "Icmp6.InDestUnreachs": true, "Icmp6.OutDestUnreachs": true,
	"Tcp.ActiveOpens": true, "Tcp.AttemptFails": true, "Tcp.EstabResets": true, "Tcp.InErrs": true, "Tcp.InCsumErrors": true,
	"Tcp.OutRsts": true, "Tcp.RetransSegs": true, "Udp.NoPorts": true, "Udp.InErrors": true, "Udp.RcvbufErrors": true,
	"TcpExt.ListenOverflows": true, "TcpExt.ListenDrops": true, "TcpExt.TCPTimeouts": true, "TcpExt.IPReversePathFilter": true,
	"TcpExt.TCPAbortOnData": true, "TcpExt.TCPAbortOnClose": true, "TcpExt.TCPAbortOnMemory": true,
	"TcpExt.TCPAbortOnTimeout": true, "TcpExt.TCPAbortOnLinger": true, "TcpExt.TCPChallengeACK": true,
	"TcpExt.TCPSynRetrans": true, "TcpExt.TCPRetransFail": true, "TcpExt.TCPMinTTLDrop": true, "TcpExt.PAWSActive": true, "TcpExt.PAWSEstab": true,
	"TcpExt.TCPReqQFullDrop": true, "TcpExt.TCPReqQFullDoCookies": true, "TcpExt.TCPOFODrop": true, "TcpExt.TCPRcvQDrop": true,
}

// decodePairs reads /proc/net/snmp and /proc/net/netstat: lines in pairs, the
// names and then the values. Some values are signed ("Tcp: MaxConn -1"): what
// is no count is left out.
func decodePairs(b []byte, into map[string]uint64) {
	var titles []string
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) == 0 || len(titles) == 0 || titles[0] != f[0] || len(titles) != len(f) {
			titles = f
			continue
		}
		for i := 1; i < len(f); i++ {
			keep(strings.TrimSuffix(f[0], ":")+"."+titles[i], f[i], into)
		}
		titles = nil
	}
}

// decodeColumn reads /proc/net/snmp6: a name and a value in each line, where
// the name runs into that of its group ("Ip6OutNoRoutes").
func decodeColumn(b []byte, into map[string]uint64) {
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 2 {
			continue
		}
		for _, group := range []string{"Ip6", "Icmp6", "Udp6"} {
			if name, found := strings.CutPrefix(f[0], group); found {
				keep(group+"."+name, f[1], into)
			}
		}
	}
}

func keep(name, value string, into map[string]uint64) {
	if n, err := strconv.ParseUint(value, 10, 64); err == nil && wanted[name] {
		into[name] = n
	}
}
