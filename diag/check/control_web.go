package check

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// WebControls are conversations beside one that met a surprise: whether it is
// this name's, this address's or everybody's.
type WebControls struct {
	Of Talked
	// Like are other addresses of the family that answered alike.
	Like []netip.Addr
	// Plain is port 80 of the same address, asked for the same name.
	Plain *platform.Talk
	// Other is the same port of the same address, asked for a name that nobody
	// has, or for none.
	Other *platform.Talk
	// Elsewhere are other hosts that the user or this machine's configuration
	// names, asked on the same port.
	Elsewhere []Elsewhere
	// Hijacked: a name that nobody has leads to the same address, so that the
	// name servers answer so for everybody.
	Hijacked bool
}

// Elsewhere is a conversation with a host for comparison.
type Elsewhere struct {
	To    netip.AddrPort
	Named bool // by the user, so that it is known to be a web server
	Talk  platform.Talk
}

const (
	controlPatience = 2500 * time.Millisecond
	// mostElsewhere bounds who is asked for comparison.
	mostElsewhere = 2
)

// ControlWeb asks others the same when the target's answer may be another's.
var ControlWeb = add(diag.Spec[[]WebControls]{
	ID: "control.web", Layer: catalog.Application, Timeout: 4 * time.Second, Traffic: diag.TargetTraffic, Trips: 6,
	After: []diag.Node{TalkTarget, TalkPage, RoutesTarget, NamesResolvers}, Reads: []diag.Node{ClockRead, LinksRead},
	Tells:  []catalog.Code{"portal.captive", "web.blocked", "tls.intercepted", "tls.reset"},
	Claims: []catalog.Claim{catalog.Answers, catalog.ControlSame},
	Probe: func(ctx context.Context, e *diag.Env) ([]WebControls, error) {
		talks, err := TalkTarget.Need(e)
		if err != nil {
			return nil, err
		}
		out := surprising(e.Target, withPages(e.View, talks))
		if len(out) == 0 {
			return nil, diag.Skip("no-surprise")
		}
		var all sync.WaitGroup
		for i := range out {
			all.Go(func() { out[i].ask(ctx, e) })
		}
		all.Wait()
		return out, nil
	},
	Judge: judgeWebControls,
	Tell: func(all []WebControls) (string, diag.Args) {
		n := 0
		for _, c := range all {
			n += len(c.all())
		}
		return "asked", diag.Args{"n": n}
	},
})

// all are the controls that said anything.
func (c WebControls) all() (out []platform.Talk) {
	for _, t := range []*platform.Talk{c.Plain, c.Other} {
		if t != nil {
			out = append(out, *t)
		}
	}
	for _, e := range c.Elsewhere {
		out = append(out, e.Talk)
	}
	return out
}

// withPages puts the page that was fetched beside the head.
func withPages(v diag.View, talks []Talked) []Talked {
	pages, _ := TalkPage.Of(v)
	talks = slices.Clone(talks)
	for i := range talks {
		for _, p := range pages {
			if p.To == talks[i].To && talks[i].Confirm == nil && replied(&p.Talk) {
				talks[i].Confirm = &p.Talk
			}
		}
	}
	return talks
}

// surprising takes one surprise of each family, with what answered alike.
func surprising(target diag.Target, talks []Talked) (out []WebControls) {
	for _, t := range talks {
		a := t.To.Addr()
		i := slices.IndexFunc(out, func(c WebControls) bool { return c.Of.To.Addr().Is4() == a.Is4() })
		switch {
		case i < 0 && surprises(target, t):
			out = append(out, WebControls{Of: t})
		case i >= 0 && same(out[i].Of.Talk, t.Talk) == platform.Yes:
			out[i].Like = append(out[i].Like, a)
		}
	}
	return out
}

// surprises reports whether what answered may not be the target: another's page
// or certificate, or an end where its own answer was due.
func surprises(target diag.Target, t Talked) bool {
	if t.Problem != nil || len(t.Talk.Stages) == 0 || t.Talk.Stages[0].Problem != nil {
		return false
	}
	r := t.Reply()
	if h := r.HTTP; h != nil && h.Status > 0 && !authentic(r) && (h.Status == 511 || foreign(target, h.Location) || pageOf(r) != "") {
		return true
	}
	if tls := r.TLS; tls != nil && (tls.Trusted == platform.No || tls.NameMatches == platform.No || tls.NotTLS) {
		return true
	}
	at, _ := stopped(r)
	cut := r.End == platform.EndReset || r.End == platform.EndFIN
	return cut && (at == platform.StageTLS || at == platform.StageRequest || at == platform.StageReply) && r.Received == 0
}

// ask asks for comparison, all at once.
func (c *WebControls) ask(ctx context.Context, e *diag.Env) {
	to := c.Of.To
	q, _ := conversation(e.Target, to)
	q.N = 3
	if q.HTTP != nil {
		q.HTTP.Method, q.Read = "GET", pageBegin
	}
	var all sync.WaitGroup
	other := q
	all.Go(func() { c.Other = control(ctx, e, renamed(other, nobodysName(e))) })
	if q.TLS != nil && to.Port() != 80 {
		plain := platform.TalkAsk{To: netip.AddrPortFrom(to.Addr(), 80), N: 3, Read: pageBegin,
			HTTP: &platform.HTTPAsk{Method: "GET", Host: hostField(e.Target, 80, false), Path: "/"}}
		all.Go(func() { c.Plain = control(ctx, e, plain) })
	}
	all.Go(func() { c.Hijacked = hijacked(ctx, e, to.Addr()) })
	hosts := elsewhere(ctx, e, to)
	c.Elsewhere = make([]Elsewhere, len(hosts))
	for i, h := range hosts {
		all.Go(func() { c.Elsewhere[i] = h.ask(ctx, e, q) })
	}
	all.Wait()
}

func control(ctx context.Context, e *diag.Env, q platform.TalkAsk) *platform.Talk {
	t, problem := converse(ctx, e, q, controlPatience)
	if problem != nil {
		return nil
	}
	return &t
}

// nobodysName is a name that no filter lists and no server has (RFC 2606 §3).
func nobodysName(e *diag.Env) string {
	return "host-" + strconv.Itoa(10000+e.Pick("name", 90000)) + ".example"
}

// hijacked reports whether a name that nobody has leads to an address.
func hijacked(ctx context.Context, e *diag.Env, a netip.Addr) bool {
	if e.Target.Addr.IsValid() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, controlPatience)
	defer cancel()
	answer, err := e.Host.Names.System(ctx, platform.NameAsk{Name: nobodysName(e) + "."})
	return err == nil && slices.Contains(answer.Addresses, a)
}

// renamed is the same ask for another name.
func renamed(q platform.TalkAsk, name string) platform.TalkAsk {
	if q.TLS != nil {
		q.TLS = &platform.TLSAsk{ServerName: name, ALPN: q.TLS.ALPN}
	}
	if q.HTTP != nil {
		h := *q.HTTP
		h.Host = name
		if a, err := netip.ParseAddr(name); err == nil && a.Is6() {
			h.Host = "[" + name + "]"
		}
		q.HTTP = &h
	}
	return q
}

type controlHost struct {
	at    netip.AddrPort
	name  string
	named bool
}

// ask asks a host for comparison the same.
func (h controlHost) ask(ctx context.Context, e *diag.Env, q platform.TalkAsk) Elsewhere {
	q = renamed(q, h.name)
	q.To = h.at
	out := Elsewhere{To: h.at, Named: h.named}
	if t := control(ctx, e, q); t != nil {
		out.Talk = *t
	}
	return out
}

// elsewhere are hosts that may be asked and that the same way leads to: the one
// that the user named, else the name servers beyond the gateway. Those run no
// web server for sure, so that only the same surprise there says anything.
func elsewhere(ctx context.Context, e *diag.Env, to netip.AddrPort) (out []controlHost) {
	if e.Target.Control != "" {
		return named(ctx, e, to)
	}
	routes, _ := RoutesTarget.Of(e.View)
	i := slices.IndexFunc(routes, func(r Reach) bool { return r.Dst == to.Addr() })
	if i < 0 || !routes[i].Route.Gateway.IsValid() {
		return nil // the target is on the link, or here
	}
	resolvers, _ := NamesResolvers.Of(e.View)
	for _, r := range resolvers.Servers {
		a := r.Addr.Addr()
		if a.Is4() != to.Addr().Is4() || a.IsLoopback() || len(out) == mostElsewhere || a == to.Addr() {
			continue
		}
		route, err := e.Host.Routes.To(ctx, platform.RouteAsk{Dst: a})
		if err == nil && route.Gateway == routes[i].Route.Gateway {
			out = append(out, controlHost{at: netip.AddrPortFrom(a, to.Port()), name: a.String()})
		}
	}
	return out
}

// controlPort splits a host from the port that may follow it.
func controlPort(s string, usual uint16) (host string, port uint16) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.Contains(s[:i], ":") && !strings.HasSuffix(s[:i], "]") {
		return s, usual
	}
	n, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil || n == 0 {
		return s, usual
	}
	return strings.Trim(s[:i], "[]"), uint16(n)
}

// named is the host for comparison that the user gave, with or without a port.
func named(ctx context.Context, e *diag.Env, to netip.AddrPort) []controlHost {
	host, port := controlPort(e.Target.Control, to.Port())
	a, err := netip.ParseAddr(host)
	if err != nil {
		answer, err := e.Host.Names.System(ctx, platform.NameAsk{Name: host})
		if err != nil || len(answer.Addresses) == 0 {
			return nil
		}
		a = answer.Addresses[0]
		if i := slices.IndexFunc(answer.Addresses, func(x netip.Addr) bool { return x.Is4() == to.Addr().Is4() }); i >= 0 {
			a = answer.Addresses[i]
		}
	}
	return []controlHost{{at: netip.AddrPortFrom(a, port), name: host, named: true}}
}
