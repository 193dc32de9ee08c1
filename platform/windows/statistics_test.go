package windows

import (
	"maps"
	"testing"
)

// numbered spells so many DWORDs, each of which holds its number.
func numbered(n int) (m made) {
	for i := range n {
		m = m.u32(uint32(i))
	}
	return m
}

func TestDecodeStats(t *testing.T) {
	for _, c := range []struct {
		name   string
		b      made
		size   int
		group  string
		fields []counterField
		want   map[string]uint64
	}{
		{"MIB_IPSTATS_LH", numbered(23), ipStatsSize, "Ip", ipFields, map[string]uint64{"Ip.InHdrErrors": 3, "Ip.InAddrErrors": 4,
			"Ip.ForwDatagrams": 5, "Ip.InUnknownProtos": 6, "Ip.InDiscards": 7, "Ip.OutRequests": 9, "Ip.OutDiscards": 11,
			"Ip.OutNoRoutes": 12, "Ip.ReasmFails": 16, "Ip.FragFails": 18}},
		{"MIB_TCPSTATS_LH", numbered(15), tcpStatsSize, "Tcp", tcpFields, map[string]uint64{"Tcp.ActiveOpens": 4, "Tcp.AttemptFails": 6,
			"Tcp.EstabResets": 7, "Tcp.RetransSegs": 11, "Tcp.InErrs": 12, "Tcp.OutRsts": 13}},
		{"MIB_TCPSTATS2", numbered(9).zero(4).u64(100, 101).u32(11, 12, 13, 14), tcp2StatsSize, "Tcp", tcp2Fields,
			map[string]uint64{"Tcp.ActiveOpens": 4, "Tcp.AttemptFails": 6, "Tcp.EstabResets": 7, "Tcp.RetransSegs": 11, "Tcp.InErrs": 12, "Tcp.OutRsts": 13}},
		{"MIB_ICMP_EX", numbered(516), icmpStatsSize, "Icmp", icmpFields(3), map[string]uint64{"Icmp.InDestUnreachs": 5, "Icmp.OutDestUnreachs": 263}},
	} {
		got := make(map[string]uint64)
		decodeStats(c.b, c.group, c.fields, got)
		if !maps.Equal(got, c.want) || len(c.b) != c.size {
			t.Errorf("%s: got %v of %d bytes want %v of %d", c.name, got, len(c.b), c.want, c.size)
		}
		decodeStats(c.b, c.group, c.fields, got)
		for name, n := range got {
			if n != 2*c.want[name] {
				t.Errorf("%s: %s of both families: got %d want %d", c.name, name, n, 2*c.want[name])
			}
		}
	}
	if f := ip6Fields(); f[2].name != "OutForwDatagrams" || ipFields[2].name != "ForwDatagrams" {
		t.Errorf("got %v and %v", f[2], ipFields[2])
	}
}

func FuzzDecodeStats(f *testing.F) {
	f.Add([]byte(numbered(23)))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := make(map[string]uint64)
		decodeStats(b, "Ip", ipFields, got)
		decodeStats(b, "Icmp", icmpFields(255), got)
		if len(got) > len(ipFields)+2 {
			t.Errorf("got %v", got)
		}
	})
}
