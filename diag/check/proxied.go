package check

import (
	"cmp"
	"strings"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// judgeProxied reads a conversation through a proxy: first what the proxy did,
// then what the target said.
func judgeProxied(v diag.View, p Proxied) diag.Judgement {
	var j judgement
	one, own := proxysOwn(v, p)
	if !own {
		clock, _ := ClockRead.Of(v)
		one = judgeOne(witness{v.Target, clock}, p.Talked)
		eitherEnded(&one, p)
		for i, c := range one.Claims {
			if c.Name == catalog.Answers && c.Value == platform.Yes {
				one.Claims[i].Args = diag.Args{"proof": "proxy", "proxy": proxyText(p.Proxy)}
			}
		}
	}
	j.add(one, p.Way(), diag.Ref{Check: "talk.proxy"})
	return j.Judgement
}

// eitherEnded takes the certainty from an end through a proxy before anything of
// the target was seen: the proxy may have made it, whatever it says.
func eitherEnded(j *diag.Judgement, p Proxied) {
	r := p.Reply()
	if r.HTTP != nil && r.HTTP.Status > 0 || r.TLS != nil && len(r.TLS.Chain) > 0 {
		return
	}
	for i, f := range j.Findings {
		if f.Code == "service.closes" || f.Code == "service.resets" {
			j.Findings[i].Direct, j.Findings[i].Args = false, diag.Args{"proxy": proxyText(p.Proxy)}
		}
	}
}

// proxysOwn tells what the proxy itself did; own is false where the target was
// spoken to through it.
func proxysOwn(v diag.View, p Proxied) (j diag.Judgement, own bool) {
	f, own := proxyFault(v, p)
	if !own {
		return j, false
	}
	j.Claims = append(j.Claims, diag.Claim{Name: catalog.Answers, Value: platform.No})
	if f.Code == "proxy.denied" && f.Direct {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ProxyMade, Value: platform.Yes})
	}
	if f.Code == "" {
		j.Claims = nil // it asks for credentials that the program has, and we do not send
		if !p.Proxy.HasCredentials {
			j.Claims = []diag.Claim{{Name: catalog.ProxySignsIn, Value: platform.Yes}}
		}
		return j, true
	}
	if f.Args == nil {
		f.Args = diag.Args{}
	}
	f.Args["proxy"], f.Args["from"] = proxyText(p.Proxy), p.From
	j.Findings = append(j.Findings, f)
	return j, true
}

func proxyFault(v diag.View, p Proxied) (f diag.Finding, own bool) {
	if len(p.Addrs) == 0 {
		notFound := p.Lookup != nil && p.Lookup.Code == platform.NotFound
		return dead("name", false), notFound || p.Lookup != nil && p.Lookup.Code == platform.Timeout
	}
	if p.Problem != nil {
		return f, false
	}
	if !p.Connected() {
		return unconnected(p)
	}
	at, problem := stopped(p.Reply())
	switch {
	case at == platform.StageProxy:
		return refusedTunnel(v, p, *problem)
	case p.Talk.Proxy == nil && p.Own != nil:
		return mute(p), true
	case p.Talk.Proxy == nil:
		return forwarded(v, p)
	}
	return f, false
}

func dead(why string, direct bool) diag.Finding {
	return diag.Finding{Code: "proxy.dead", Direct: direct, Args: diag.Args{"why": why}}
}

// unconnected tells a proxy that accepts no connection. That something listens
// nowhere is certain on this machine only (rule C2).
func unconnected(p Proxied) (f diag.Finding, own bool) {
	for _, d := range p.Dials {
		switch d.Ended {
		case platform.DialOpen:
			return f, false // it does, now
		case platform.DialRefused:
			return dead("refused", p.To.Addr().IsLoopback()), true
		case platform.DialICMP:
			return dead("unreachable", false), true
		case platform.DialLocal:
			if d.Problem != nil && d.Problem.Code == platform.Permission {
				return diag.Finding{Code: "firewall.local-out", Direct: true, Args: diag.Args{"address": p.To.Addr().String()}}, true
			}
			return dead("unreachable", false), true
		case platform.DialSilent:
			return dead("silent", false), true
		}
	}
	return f, false
}

// refusedTunnel reads how a proxy that connects answered for the target.
func refusedTunnel(v diag.View, p Proxied, problem platform.Problem) (f diag.Finding, own bool) {
	r := p.Talk.Proxy
	switch {
	case r == nil:
		return f, false
	case r.Status == 407 && r.SignedIn != "":
		return refusesSession(r.SignedIn), true
	case r.Auth == "SOCKS" || r.Status == 407:
		return wantsCredentials(v, p, r.Auth), true
	case r.Status >= 500 || r.SOCKS == 2 || r.SOCKS > 3:
		return cannotReach(v, p, r.Status, r.Server), true
	case r.Status > 0 || r.SOCKS == 3:
		return diag.Finding{Code: "proxy.denied", Direct: true, Args: diag.Args{"status": r.Status}}, true
	case problem.Code == platform.Timeout:
		return mute(p), true
	case problem.Code == platform.Malformed:
		return dead("other", false), true
	case p.Talk.End == platform.EndFIN, p.Talk.End == platform.EndReset:
		return dead("closes", false), true
	}
	return f, false
}

// mute tells a proxy that says nothing of the target: one that answers for
// itself lives, and waits for the target in vain.
func mute(p Proxied) diag.Finding {
	if p.Own != nil && p.Own.Received > 0 {
		return diag.Finding{Code: "service.upstream-down", Args: diag.Args{"status": 0, "server": ""}}
	}
	return dead("mute", false)
}

func refusesSession(scheme string) diag.Finding {
	return diag.Finding{Code: "proxy.auth-refused", Direct: true, Args: diag.Args{"scheme": scheme}}
}

// ofSession reports whether a scheme takes what the session holds (RFC 4559).
func ofSession(scheme string) bool {
	return strings.EqualFold(scheme, "Negotiate") || strings.EqualFold(scheme, "NTLM")
}

// wantsCredentials: programs that have the user's send them; ours never does.
// Schemes that take those of the session may be answered unasked, and were not.
// Windows does so for every program of the user.
func wantsCredentials(v diag.View, p Proxied, scheme string) diag.Finding {
	session := ofSession(scheme)
	if p.Proxy.HasCredentials || session && v.System.OS == "windows" {
		return diag.Finding{}
	}
	return diag.Finding{Code: "proxy.auth", Direct: !session, Args: diag.Args{"scheme": cmp.Or(scheme, "HTTP")}}
}

// cannotReach tells a target that the proxy does not reach. Where it answers
// directly, the way from the proxy on is to blame.
func cannotReach(v diag.View, p Proxied, status int, server string) diag.Finding {
	f := diag.Finding{Code: "service.upstream-down", Direct: true, Args: diag.Args{"status": status, "server": server}}
	for _, t := range directTalks(v) {
		if r := t.Reply().HTTP; r != nil && r.Status > 0 && r.Status < 500 {
			f.Party = catalog.LAN
		}
	}
	return f
}

// forwarded reads the reply that a proxy passed on, or made itself.
func forwarded(v diag.View, p Proxied) (f diag.Finding, own bool) {
	r := p.Reply().HTTP
	switch {
	case r == nil || r.Status == 0:
		at, problem := stopped(p.Reply())
		if at == platform.StageReply && problem.Code == platform.Malformed {
			return dead("other", false), true
		}
		return f, false
	case r.Status == 407 && r.ProxySignedIn != "":
		return refusesSession(r.ProxySignedIn), true
	case r.Status == 407:
		return wantsCredentials(v, p, r.ProxyAuth), true
	case r.Status == 502 || r.Status == 503 || r.Status == 504:
		if made(v, *r) == platform.No {
			return f, false
		}
		return cannotReach(v, p, r.Status, r.Server), true
	case r.Status == 403 || r.Status == 451:
		by := made(v, *r)
		f = diag.Finding{Code: "proxy.denied", Direct: by == platform.Yes, Args: diag.Args{"status": r.Status}}
		return f, by != platform.No
	}
	return f, false
}

// proxyProducts are words by which proxies name themselves in the field Server.
var proxyProducts = []string{"squid", "bluecoat", "proxysg", "mcafee web gateway", "skyhigh", "zscaler", "tinyproxy", "privoxy",
	"forcepoint", "websense", "wsa", "trafficserver", "e2guardian", "dansguardian", "fortigate", "sophos", "barracuda"}

// made says whether the proxy made a reply itself. The target's own names the
// target's server, and is met directly too.
func made(v diag.View, r platform.HTTPFacts) platform.Tri {
	if namesProduct(r.Server, proxyProducts) {
		return platform.Yes
	}
	value := platform.Unknown
	for _, t := range directTalks(v) {
		if d := t.Reply().HTTP; d != nil && d.Status > 0 {
			value = platform.TriOf(d.Status != r.Status)
		}
	}
	if value == platform.Unknown && r.Via != "" && r.Server != "" {
		return platform.No // a reply that passed through says who made it (RFC 9110 §7.6.3)
	}
	return value
}

func namesProduct(s string, products []string) bool {
	for _, p := range products {
		if strings.Contains(strings.ToLower(s), p) {
			return true
		}
	}
	return false
}

func directTalks(v diag.View) []Talked {
	all, _ := TalkTarget.Of(v)
	return all
}
