package check

import (
	"cmp"
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// judgeTalk reads every conversation by itself.
func judgeTalk(v diag.View, all []Talked) diag.Judgement {
	var j judgement
	clock, _ := ClockRead.Of(v)
	w := witness{v.Target, clock}
	for _, t := range all {
		if t.Problem != nil || len(t.Talk.Stages) == 0 || t.unopened() {
			continue // it could not be asked, or the port had closed again
		}
		one := judgeOne(w, t)
		if quickPage(v, t) {
			one.Findings = slices.DeleteFunc(one.Findings, func(f diag.Finding) bool { return f.Code == "service.slow" })
		}
		j.add(one, diag.WayTo(t.To.Addr()), diag.Ref{Check: "talk.target", About: t.To.String()})
	}
	return j.Judgement
}

// quickPage reports whether the page that was asked for beside the head came at
// once: who serves one caller at a time lets our own questions wait for each other.
func quickPage(v diag.View, t Talked) bool {
	pages, _ := TalkPage.Of(v)
	return slices.ContainsFunc(pages, func(p Talked) bool { return p.To == t.To && replied(&p.Talk) && !tardy(p.Talk) })
}

// Speaks is whether the service behind an address answered as it should. The
// caller reads TalkTarget and ClockRead.
func Speaks(v diag.View, a netip.Addr) platform.Tri {
	all, _ := TalkTarget.Of(v)
	clock, _ := ClockRead.Of(v)
	for _, t := range all {
		if t.To.Addr() == a && t.Problem == nil && len(t.Talk.Stages) > 0 && !t.unopened() {
			return answers(v.Target, t, faulty(witness{v.Target, clock}, t)).Value
		}
	}
	return platform.Unknown
}

// unopened reports whether no connection was opened to speak on.
func (t Talked) unopened() bool {
	r := t.Reply()
	return len(r.Stages) > 0 && r.Stages[0].Problem != nil && r.End != platform.EndReset
}

func faulty(w witness, t Talked) bool {
	_, fault := judgeService(w.target, t)
	return fault || len(judgeSession(w, t)) > 0
}

func judgeOne(w witness, t Talked) (j diag.Judgement) {
	j.Findings = judgeSession(w, t)
	if f, ok := judgeService(w.target, t); ok && len(j.Findings) == 0 {
		j.Findings = append(j.Findings, f)
	}
	j.Claims = append(j.Claims, answers(w.target, t, len(j.Findings) > 0))
	if f, ok := slow(t); ok && len(j.Findings) == 0 {
		j.Findings = append(j.Findings, f)
	}
	if right, note := judgeClock(w, t); right != platform.Unknown {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ClockRight, Value: right})
		if note != nil {
			j.Findings = append(j.Findings, *note)
		}
	}
	if tls := t.Talk.TLS; tls != nil && tls.Trusted == platform.Yes && inspected(*tls) != "" {
		j.Findings = append(j.Findings, diag.Finding{Code: "tls.inspected", Direct: true, Args: diag.Args{"issuer": tls.Chain[0].Issuer}})
	}
	if tls := t.Talk.TLS; tls != nil && tls.Trusted == platform.No {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.ChainComplete, Value: platform.TriOf(!tls.Incomplete)})
	}
	if got := taken(t.Reply()); got != platform.Unknown {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.RequestTaken, Value: got})
	}
	if t.Talk.Received > 0 {
		j.Claims = append(j.Claims, diag.Claim{Name: catalog.SmallExchangeWorks, Value: platform.Yes})
	}
	return j
}

// taken is whether the far machine acknowledged all that it was sent. Data that
// it did not is lost on the way, and not the program's to answer.
func taken(t platform.Talk) platform.Tri {
	if t.TCP == nil || t.Sent == 0 {
		return platform.Unknown
	}
	return platform.TriOf(t.TCP.Unacked == 0 && t.TCP.Unsent == 0)
}

// lostOnTheWay is the party for what was never acknowledged.
func lostOnTheWay(t platform.Talk) catalog.Party {
	if taken(t) == platform.No {
		return catalog.Internet
	}
	return "" // the catalogue's
}

// judgeService reads what came after the request.
func judgeService(target diag.Target, t Talked) (f diag.Finding, fault bool) {
	r := t.Reply()
	at, p := stopped(r)
	if f, fault, known := judgeSpoken(target, t); known {
		return f, fault
	}
	f.Direct = true
	switch {
	case at == platform.StageConnect && r.End == platform.EndReset:
		f.Code = "service.resets" // before it was asked anything
	case at != platform.StageRequest && at != platform.StageReply:
		return judgeStatus(target, r)
	case len(r.First) > 0 && p.Code == platform.Timeout:
		return judgeStatus(target, r) // it had begun to answer
	case unread(r):
		f.Code, f.Args = "service.not-reading", diag.Args{"seconds": lastWait(r)}
	case r.End == platform.EndReset && t.byItself() != platform.EndFIN:
		f.Code = "service.resets"
	case r.End == platform.EndReset:
		f.Code = "service.closes" // what we had written came after its end
	case r.End == platform.EndFIN && (r.HTTP == nil || r.HTTP.Status == 0):
		f.Code, f.Direct = "service.closes", spoken(target, t) && (target.Speaks == "" || t.Confirm != nil)
	case r.End == platform.EndTimeout && spoken(target, t):
		f.Code, f.Args = "service.silent", diag.Args{"seconds": lastWait(r)}
		f.Direct, f.Party = taken(r) != platform.No, lostOnTheWay(r)
	default:
		return judgeStatus(target, r)
	}
	return f, true
}

// spoken reports whether the peer's turn to speak had come.
func spoken(target diag.Target, t Talked) bool {
	return target.Greeting || target.Speaks != "" || t.Talk.HTTP != nil || web(target, t.To.Port())
}

// web reports whether HTTP is asked on a port of the target.
func web(t diag.Target, port uint16) bool {
	return t.HTTP || t.Bare || t.Scheme == "" && (port == 80 || port == 443)
}

// judgeStatus reads the status of an HTTP reply (RFC 9110 §15). Only "/" was
// asked: where the user asked for another page, a refusal of "/" says nothing.
func judgeStatus(target diag.Target, r platform.Talk) (f diag.Finding, fault bool) {
	if r.HTTP == nil {
		return f, false
	}
	f.Direct, f.Args = target.RootPath, diag.Args{"status": r.HTTP.Status}
	switch s := r.HTTP.Status; {
	case s == 511: // RFC 6585 §6: never of an origin
		f.Code, f.Args = "portal.captive", diag.Args{"status": s, "location": ""}
	case s == 407: // nor this (RFC 9110 §15.5.8)
		f.Code, f.Direct, f.Party = "proxy.auth", false, catalog.LAN
		f.Args = diag.Args{"scheme": cmp.Or(r.HTTP.ProxyAuth, "HTTP"), "proxy": "", "from": ""}
	case s == 400 && target.HTTP && !target.TLS && wantsTLS(r):
		return otherProtocol(platform.HTTP, platform.TLS), true
	case s == 401 || s == 403 || s == 429 || s == 451:
		f.Code = "service.denied"
		return f, target.RootPath
	case behind(*r.HTTP) != platform.No:
		f.Code, f.Direct = "service.upstream-down", f.Direct && behind(*r.HTTP) == platform.Yes
		f.Args["server"] = r.HTTP.Server
	case s >= 500:
		f.Code = "service.error"
	default:
		return f, false
	}
	return f, true
}

// answers claims that the target answers, and by what. A bare host was only
// asked whether it is there.
func answers(target diag.Target, t Talked, faulty bool) diag.Claim {
	c := diag.Claim{Name: catalog.Answers, Value: platform.Yes, Args: diag.Args{"proof": "open"}}
	r := t.Reply()
	at, _ := stopped(r)
	spoken, ok := spokenProof(target, t)
	switch {
	case faulty && !target.Bare:
		c.Value, c.Args = platform.No, nil
	case ok && !target.Bare:
		c.Args = spoken
	case r.HTTP != nil && r.HTTP.Status > 0:
		c.Args = diag.Args{"proof": "http", "status": r.HTTP.Status}
	case target.HTTP && len(r.First) > 0:
		c.Value, c.Args = platform.Unknown, nil // it answers, and not in HTTP
	case len(r.First) > 0:
		c.Args = diag.Args{"proof": "banner"}
	case r.TLS != nil && at != platform.StageTLS:
		c.Args = diag.Args{"proof": "tls"}
	case at == platform.StageTLS && !target.Bare && !guessed(target):
		c.Value, c.Args = platform.Unknown, nil
	}
	return c
}

// judgement gathers what is said of one way.
type judgement struct{ diag.Judgement }

func (j *judgement) add(one diag.Judgement, way diag.Way, seen diag.Ref) {
	for _, f := range one.Findings {
		f.Way, f.Evidence = way, []diag.Ref{seen}
		j.Findings = append(j.Findings, f)
	}
	for _, c := range one.Claims {
		c.Way, c.Evidence = way, []diag.Ref{seen}
		j.Claims = append(j.Claims, c)
	}
}
