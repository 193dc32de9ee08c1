package rule

import (
	"cmp"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

// exhausted tells what this machine itself had none left of: a port to connect
// from, a descriptor to open a socket with.
var exhausted = diag.Rule{
	Name: "exhausted here",
	Reads: []diag.Node{check.TCPConnect, check.TalkTarget, check.SocketsPorts, check.FilesRead, check.LinksRead,
		check.RoutesRead, check.RoutesTarget, check.PingTarget, check.NamesServers, check.NamesSystem},
	Tells:  []catalog.Code{"local.ports-exhausted", "local.files-exhausted", "local.close-wait-leak"},
	Claims: []catalog.Claim{catalog.ShortageSeen},
	Infer: func(v diag.View) (j diag.Judgement) {
		portsGone(v, &j)
		if f, gone := noPortToAskFrom(v); gone {
			j.Findings = append(j.Findings, f)
		}
		if f, gone := filesGone(v); gone {
			j.Findings = append(j.Findings, f)
		}
		return j
	},
}

// portsGone tells that the system would give no port, once its table agrees:
// the same error number comes where IPv6 has no address to send from. Without
// the table it is only inferred.
func portsGone(v diag.View, j *diag.Judgement) {
	uses, _ := check.SocketsPorts.Of(v)
	counted := v.Observation(check.SocketsPorts).Outcome == diag.Observed
	for _, to := range check.Portless(v) {
		f := diag.Finding{Code: "local.ports-exhausted", Way: diag.WayTo(to.Addr()), Args: diag.Args{"address": to.Addr().String()},
			Evidence: []diag.Ref{{Check: "tcp.connect", About: to.String()}, {Check: "sockets.ports"}}}
		if r, ok := routeTo(v, to.Addr()); !counted && (to.Addr().Is4() || ok && r.Route.Source.IsValid()) {
			j.Findings = append(j.Findings, f)
		}
		for _, s := range uses {
			if s.To == to && spentPorts(s.Use) {
				f.Direct = !s.Use.Assumed // another range may be set
				f.Args["low"], f.Args["high"], f.Args["n"] = s.Use.Low, s.Use.High, s.Use.Taken
				j.Findings = append(append(j.Findings, f), leaking(f, s.Use)...)
				j.Claims = append(j.Claims, diag.Claim{Name: catalog.ShortageSeen, Way: f.Way, Value: platform.Yes, Evidence: f.Evidence})
			}
		}
	}
}

// noPortToAskFrom tells that no name server could be asked as the system had no
// port for a datagram. How many are taken is counted for TCP alone.
func noPortToAskFrom(v diag.View) (f diag.Finding, gone bool) {
	servers, _ := check.NamesServers.Of(v)
	sys, _ := check.NamesSystem.Of(v)
	if len(servers) == 0 || len(sys.Addresses) > 0 {
		return f, false
	}
	for _, s := range servers {
		if len(s.UDP) == 0 || slices.ContainsFunc(s.UDP, func(a check.Answer) bool { return a.Problem == nil || a.Problem.Code != platform.NoLocalAddress }) {
			return f, false
		}
	}
	return diag.Finding{Code: "local.ports-exhausted", Args: diag.Args{"address": servers[0].Server.Addr().String()},
		Evidence: []diag.Ref{{Check: "names.servers"}, {Check: "names.system"}}}, true
}

// spentPorts reports whether next to no port is left: some may have been given
// back since.
func spentPorts(u platform.PortUse) bool {
	all := u.High - u.Low + 1 - u.Reserved
	least, most := u.Free()
	return most == 0 || 10*least <= all
}

// leaking tells who has taken the ports where most belong to connections that
// the peer has closed and a program of this machine has not.
func leaking(f diag.Finding, u platform.PortUse) []diag.Finding {
	kept := u.States[platform.CloseWait]
	if kept < leastKept || 2*kept < u.Toward {
		return nil
	}
	f.Code, f.Direct = "local.close-wait-leak", true
	f.Args = diag.Args{"address": f.Args["address"], "n": kept, "program": "", "whose": "ports"}
	for _, o := range u.Owners {
		if 2*o.CloseWait >= kept {
			f.Args["program"], f.Args["pid"] = o.Name, o.PID
		}
	}
	return []diag.Finding{f}
}

// openers are checks that open something, one way or another.
var openers = []diag.Node{check.FilesRead, check.LinksRead, check.RoutesRead, check.TCPConnect, check.PingTarget,
	check.NamesServers, check.NamesSystem}

// filesGone tells that the system had no descriptor for this program. What it
// could not look at for that reason is unknown.
func filesGone(v diag.View) (f diag.Finding, gone bool) {
	f = diag.Finding{Code: "local.files-exhausted", Direct: true, Args: diag.Args{"whose": "own", "program": ""},
		Evidence: []diag.Ref{{Check: "files.read"}}}
	for _, n := range openers {
		if p := v.Observation(n).Problem; p != nil && p.Code == platform.NoFiles {
			gone = true
		}
	}
	attempts, _ := check.TCPConnect.Of(v)
	for _, a := range attempts {
		for _, d := range a.Dials {
			gone = gone || d.Problem != nil && d.Problem.Code == platform.NoFiles
		}
	}
	use, _ := check.FilesRead.Of(v)
	f.Args["limit"] = cmp.Or(use.OwnLimit, 0)
	if use.SystemLimit > 0 && use.System >= use.SystemLimit {
		f.Args["whose"], f.Args["limit"] = "system", use.SystemLimit
	}
	return f, gone
}
