package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// dropped says whether this machine itself discards what it should send. The
// kernel counts each packet that an output filter drops (Ip.OutDiscards, RFC
// 4293 ipSystemStatsOutDiscards); a drop elsewhere leaves the count unmoved.
// The count has no addresses: that it moved is a sign, not a proof.
var dropped = diag.Rule{
	Name:   "dropped here",
	Reads:  []diag.Node{check.CountersRead, check.TCPConnect},
	Tells:  []catalog.Code{"firewall.local-out"},
	Claims: []catalog.Claim{catalog.LocalDropped},
	Infer: func(v diag.View) (j diag.Judgement) {
		for _, family := range []diag.Family{diag.IPv4, diag.IPv6} {
			moved, ok := discards(v, outDiscards[family])
			if !ok {
				continue
			}
			sent := silentPackets(v, family)
			way, seen := diag.Way{Family: family}, []diag.Ref{{Check: "counters.read"}}
			switch {
			case moved == 0:
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.LocalDropped, Way: way, Value: platform.No, Evidence: seen})
			case sent > 0 && moved >= uint64(sent):
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.LocalDropped, Way: way, Value: platform.Yes, Evidence: seen})
				j.Findings = append(j.Findings, dropFindings(v, family, seen)...)
			}
		}
		return j
	},
}

var outDiscards = map[diag.Family]string{diag.IPv4: "Ip.OutDiscards", diag.IPv6: "Ip6.OutDiscards"}

// discards returns how far a counter moved during the run.
func discards(v diag.View, name string) (moved uint64, ok bool) {
	first, ok1 := check.CountersRead.Of(v)
	later, ok2 := check.CountersRead.Later(v)
	a, has1 := first.Values[name]
	b, has2 := later.Values[name]
	if !ok1 || !ok2 || !has1 || !has2 || b < a {
		return 0, false
	}
	return b - a, true
}

// silentPackets counts what was sent to the target's failing ports and never
// answered.
func silentPackets(v diag.View, f diag.Family) (n int) {
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if syns, _, _, silent := a.Silence(); silent && diag.FamilyOf(a.Addr()) == f {
			n += syns
		}
	}
	return n
}

// dropFindings are about every way on which nothing came back.
func dropFindings(v diag.View, f diag.Family, seen []diag.Ref) (out []diag.Finding) {
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		if a.Silent() && diag.FamilyOf(a.Addr()) == f && !slices.ContainsFunc(out, func(o diag.Finding) bool { return o.Way.Addr == a.Addr() }) {
			out = append(out, diag.Finding{Code: "firewall.local-out", Way: diag.WayTo(a.Addr()),
				Args: diag.Args{"address": a.Addr().String()}, Evidence: seen})
		}
	}
	return out
}
