package check

import (
	"net/netip"
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// judgeWebControls reads a surprise beside what others met. Met by all, it is the
// network's; by this name only, a filter's; else the target's own, which is told
// elsewhere.
func judgeWebControls(v diag.View, all []WebControls) diag.Judgement {
	var j judgement
	for _, c := range all {
		one := c.judge(v)
		for _, a := range append([]netip.Addr{c.Of.To.Addr()}, c.Like...) {
			j.add(one, diag.WayTo(a), diag.Ref{Check: "control.web"})
		}
	}
	return j.Judgement
}

func (c WebControls) judge(v diag.View) (one diag.Judgement) {
	for _, read := range []func(diag.View) diag.Judgement{c.page, c.session, c.cut} {
		if one = read(v); len(one.Findings) > 0 {
			return one
		}
	}
	if met := c.met(); met != platform.Unknown {
		one.Claims = append(one.Claims, diag.Claim{Name: catalog.ControlSame, Value: met})
	}
	return one
}

// met says whether hosts elsewhere met the same. One that the user did not name
// need not be a web server: only an answer of it counts.
func (c WebControls) met() platform.Tri {
	value := platform.Unknown
	if c.Hijacked {
		return platform.Yes
	}
	for _, e := range c.Elsewhere {
		switch s := same(c.Of.Reply(), e.Talk); {
		case s == platform.Yes:
			return s
		case s == platform.No:
			value = s
		}
	}
	return value
}

// told is a fault in place of the target's answer, with what it rests on.
func told(f diag.Finding, met platform.Tri) (j diag.Judgement) {
	j.Findings = []diag.Finding{f}
	j.Claims = []diag.Claim{{Name: catalog.Answers, Value: platform.No}, {Name: catalog.ControlSame, Value: met}}
	return j
}

// page reads a page or a redirect of HTTP.
func (c WebControls) page(v diag.View) (j diag.Judgement) {
	r := c.Of.Reply()
	if r.HTTP == nil || r.HTTP.Status == 0 || authentic(r) {
		return j
	}
	met, kind := c.met(), pageOf(r)
	args := diag.Args{"location": r.HTTP.Location, "status": r.HTTP.Status}
	strange := foreign(v.Target, r.HTTP.Location) || kind != "" && r.HTTP.Location == ""
	if !strange && r.HTTP.Location != "" {
		return j // it leads to the target's own
	}
	switch {
	case strange && met == platform.Yes, r.HTTP.Status == 511:
		return told(diag.Finding{Code: "portal.captive", Direct: true, Args: args}, met)
	case kind == portalPage && met != platform.No, kind == likePortal && c.forAnyName(), leadsInside(v, r.HTTP.Location, c.Of.To.Addr()):
		return told(diag.Finding{Code: "portal.captive", Direct: true, Args: args}, met)
	case kind == blockPage, kind == doubtfulPage && c.passes() == platform.Yes:
		if c.passes() == platform.Yes {
			met = platform.No
		}
		return told(diag.Finding{Code: "web.blocked", Direct: true, Args: args}, met)
	}
	return j
}

// forAnyName reports whether another name gets the same page, as of a portal; it
// is not asked where the target's own port fails.
func (c WebControls) forAnyName() bool {
	return c.met() != platform.No && (c.Other == nil || same(c.Of.Reply(), *c.Other) == platform.Yes)
}

// passes says whether another name at the same address meets no such page.
func (c WebControls) passes() platform.Tri {
	if c.Other == nil || c.Other.HTTP == nil || c.Other.HTTP.Status == 0 {
		return platform.Unknown
	}
	return platform.TriOf(pageOf(*c.Other) == "" && (c.Other.HTTP.Status < 400 || c.Other.HTTP.Status == 404))
}

// leadsInside reports whether a redirect names an address of the networks that
// this machine is on, when the target is not on them: no server out there knows
// those.
func leadsInside(v diag.View, location string, target netip.Addr) bool {
	a, err := netip.ParseAddr(location)
	if err != nil {
		return false
	}
	links, _ := LinksRead.Of(v)
	onLink := func(a netip.Addr) bool {
		return slices.ContainsFunc(links, func(l platform.Link) bool {
			return slices.ContainsFunc(l.Addresses, func(x platform.Address) bool { return x.Prefix.Masked().Contains(a.Unmap()) })
		})
	}
	return onLink(a) && !onLink(target)
}

// session reads a certificate that is not the target's, or no TLS at all.
func (c WebControls) session(v diag.View) (j diag.Judgement) {
	tls := c.Of.Talk.TLS
	if tls == nil {
		return j
	}
	met := c.met()
	switch {
	case c.plainIsPortal(v):
		return told(diag.Finding{Code: "portal.captive", Direct: true,
			Args: diag.Args{"location": c.Plain.HTTP.Location, "status": c.Plain.HTTP.Status}}, met)
	case len(tls.Chain) == 0:
		return j
	case tls.NameMatches == platform.No && met == platform.Yes:
		return told(diag.Finding{Code: "portal.captive", Direct: true, Args: diag.Args{"location": "", "status": 0}}, met)
	case tls.NameMatches == platform.Yes && tls.Trusted == platform.No && met == platform.Yes:
		return told(intercepted(*tls, true), met)
	}
	return j
}

// plainIsPortal reports whether port 80 of the same address gives a portal's
// page, or one that leads away from the target into this network.
func (c WebControls) plainIsPortal(v diag.View) bool {
	if c.Plain == nil || c.Plain.HTTP == nil {
		return false
	}
	h := c.Plain.HTTP
	kind := pageOf(*c.Plain)
	if kind == portalPage || kind == likePortal && (h.Location == "" || foreign(v.Target, h.Location)) || leadsInside(v, h.Location, c.Of.To.Addr()) {
		return true
	}
	// The same foreign place for a page and, by name, for the certificate.
	tls := c.Of.Talk.TLS
	return h.Location != "" && foreign(v.Target, h.Location) && tls != nil && len(tls.Chain) > 0 &&
		tls.NameMatches == platform.No && tls.Trusted == platform.No && slices.Contains(tls.Chain[0].Names, h.Location)
}

// cut reads an end where the target's own answer was due.
func (c WebControls) cut(v diag.View) (j diag.Judgement) {
	r := c.Of.Reply()
	at, _ := stopped(r)
	if r.End != platform.EndReset && r.End != platform.EndFIN || r.Received > 0 || c.Other == nil || c.Of.byItself() != "" {
		return j
	}
	otherAt, _ := stopped(*c.Other)
	switch {
	case at == platform.StageTLS && c.Of.Talk.TLS != nil && r.End == platform.EndReset:
		f := diag.Finding{Code: "tls.reset", Direct: true, Args: diag.Args{"by": "name"}}
		if c.Other.Received > 0 {
			return told(f, platform.No)
		}
		if otherAt == platform.StageTLS && c.Other.End == platform.EndReset {
			f.Party, f.Args = catalog.Service, diag.Args{"by": "all"}
			return told(f, platform.Yes)
		}
	case replied(c.Other) && at != platform.StageTLS && r.HTTP != nil && r.End == platform.EndReset: // an orderly end is rather the service's
		return told(diag.Finding{Code: "web.blocked", Direct: true, Args: diag.Args{"location": "", "status": 0}}, platform.No)
	}
	return j
}
