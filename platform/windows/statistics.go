package windows

import "encoding/binary"

// counterField is where a counter lies in a structure.
type counterField struct {
	name string
	at   int
}

// ipFields are those of MIB_IPSTATS_LH (ipmib.h), all DWORDs. InReceives and
// InDelivers are left out: what was received and not delivered is judged as
// dropped by a filter, and Windows does not say how many of it were meant for many.
var ipFields = []counterField{{"InHdrErrors", 12}, {"InAddrErrors", 16}, {"ForwDatagrams", 20}, {"InUnknownProtos", 24}, {"InDiscards", 28},
	{"OutRequests", 36}, {"OutDiscards", 44}, {"OutNoRoutes", 48}, {"ReasmFails", 64}, {"FragFails", 72}}

// tcpFields are those of MIB_TCPSTATS_LH, tcp2Fields those of MIB_TCPSTATS2
// (tcpmib.h), in which two counters of 64 bits shift the rest. These are DWORDs.
var (
	tcpFields  = []counterField{{"ActiveOpens", 16}, {"AttemptFails", 24}, {"EstabResets", 28}, {"RetransSegs", 44}, {"InErrs", 48}, {"OutRsts", 52}}
	tcp2Fields = []counterField{{"ActiveOpens", 16}, {"AttemptFails", 24}, {"EstabResets", 28}, {"RetransSegs", 56}, {"InErrs", 60}, {"OutRsts", 64}}
)

// Sizes of what the system writes.
const (
	ipStatsSize   = 92
	tcpStatsSize  = 60
	tcp2StatsSize = 72
	icmpStatsSize = 2064 // MIB_ICMP_EX: twice two DWORDs and one for each type
)

// decodeStats adds the fields of a structure to the counters of a group:
// Windows counts TCP over IPv4 and over IPv6 apart.
func decodeStats(b []byte, group string, fields []counterField, into map[string]uint64) {
	for _, f := range fields {
		if f.at+4 <= len(b) {
			into[group+"."+f.name] += uint64(binary.LittleEndian.Uint32(b[f.at:]))
		}
	}
}

// icmpFields are those of MIB_ICMP_EX (ipmib.h) for messages of one type, as
// received and as sent.
func icmpFields(unreachable int) []counterField {
	const counts, sent = 8, 1032
	return []counterField{{"InDestUnreachs", counts + 4*unreachable}, {"OutDestUnreachs", sent + counts + 4*unreachable}}
}

// ip6Fields are ipFields by the names that counters of IPv6 have.
func ip6Fields() []counterField {
	all := append([]counterField(nil), ipFields...)
	for i := range all {
		if all[i].name == "ForwDatagrams" {
			all[i].name = "OutForwDatagrams"
		}
	}
	return all
}
