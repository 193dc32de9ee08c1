package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// unjoined makes of an adapter that is off or without a signal what it is for
// Wi-Fi: a radio that is off, or one that joined no network.
func unjoined(v diag.View, links []platform.Link, f diag.Finding) diag.Finding {
	if f.Code != "link.disabled" && f.Code != "link.no-carrier" {
		return f
	}
	all, _ := check.LinksWireless.Of(v)
	i := slices.IndexFunc(all, func(w platform.Wireless) bool { return w.Name == f.Args["adapter"] })
	if i < 0 || all[i].State == platform.WirelessJoined {
		return f
	}
	f.Evidence = append(slices.Clip(f.Evidence), diag.Ref{Check: "links.wireless"})
	f.Code, f.Args = "wifi.not-joined", diag.Args{"adapter": all[i].Name, "state": string(all[i].State)}
	return f
}

// weak tells a Wi-Fi signal that is too weak where packets to the next hop are
// late as well; a weak signal that carries everything is a note at most.
var weak = diag.Rule{
	Name: "weak signal",
	Reads: []diag.Node{check.LinksWireless, check.RoutesRead, check.RoutesTarget, check.NeighborGateway, check.LinksSteady,
		check.LinksRead, check.NeighborTarget},
	Tells: []catalog.Code{"wifi.weak"},
	Infer: func(v diag.View) (j diag.Judgement) {
		all, _ := check.LinksWireless.Of(v)
		steady, _ := check.LinksSteady.Of(v)
		lost, of := steady.Lost()
		for _, w := range all {
			if w.State != platform.WirelessJoined || w.Signal == 0 || w.Signal >= weakSignal || !inUse(v, w.Link) {
				continue
			}
			if rtt, known := gatewayTrip(v, w.Link); known && rtt > slowGateway || enoughLost(lost, of) {
				j.Findings = append(j.Findings, diag.Finding{Code: "wifi.weak", Direct: true,
					Args:     diag.Args{"adapter": w.Name, "signal": w.Signal},
					Evidence: []diag.Ref{{Check: "links.wireless"}, {Check: "neighbor.gateway"}}})
			}
		}
		return j
	},
}

// weakSignal is below what carries ordinary rates, in dBm.
const weakSignal = -75

// logged reads what the system's own programs noted beside an adapter that has
// no address or no signal now.
var logged = diag.Rule{
	Name:  "the system's log",
	Reads: slices.Concat([]diag.Node{check.LogsRecent}, nearby.Reads),
	Tells: []catalog.Code{"address.dhcp-refused", "wifi.auth-failed"},
	Infer: func(v diag.View) (j diag.Judgement) {
		log, _ := check.LogsRecent.Of(v)
		for _, near := range nearby.Infer(v).Findings {
			adapter, _ := near.Args["adapter"].(string)
			for _, e := range slices.Backward(log.Entries) {
				code, why := meaning(e.Topic)
				if code == "" || e.Link != adapter && !(e.Link == "" && alone(v, adapter)) || !fits(code, near.Code) {
					continue
				}
				j.Findings = append(j.Findings, diag.Finding{Code: code, Way: near.Way, Direct: near.Direct,
					Args:     diag.Args{"adapter": adapter, "why": why, "program": e.By},
					Evidence: append(slices.Clip(near.Evidence), diag.Ref{Check: "logs.recent"})})
				break
			}
		}
		return j
	},
}

// meaning is the code that an entry speaks for, and why.
func meaning(t platform.LogTopic) (catalog.Code, string) {
	switch t {
	case platform.LogDHCPRefused:
		return "address.dhcp-refused", "refused"
	case platform.LogDHCPFailed:
		return "address.dhcp-refused", "no-lease"
	case platform.LogWrongKey:
		return "wifi.auth-failed", "key"
	case platform.LogSignIn:
		return "wifi.auth-failed", "sign-in"
	case platform.LogEAP:
		return "wifi.auth-failed", "eap"
	}
	return "", ""
}

// fits reports whether a code of the log says more exactly what is seen.
func fits(code, seen catalog.Code) bool {
	bare := []catalog.Code{"address.none", "address.link-local-only"}
	if code == "wifi.auth-failed" {
		bare = append(bare, "wifi.not-joined", "link.no-carrier")
	}
	return slices.Contains(bare, seen)
}

// alone reports whether an entry that names no adapter can only be about this
// one.
func alone(v diag.View, adapter string) bool {
	links, _ := check.LinksRead.Of(v)
	others := slices.DeleteFunc(slices.Clone(links), func(l platform.Link) bool { return !real(l) || l.Name == adapter })
	return adapter != "" && len(others) == 0
}
