package check

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Proxied is how the conversation with the target went through the proxy.
type Proxied struct {
	Proxy  platform.Proxy
	From   string // which setting names it
	Found  bool   // by WPAD, where anybody in the network may have named it
	Addrs  []netip.Addr
	Lookup *platform.Problem // why the proxy's name has no address
	// Dials are attempts at the proxy beside a conversation that did not
	// connect.
	Dials  []platform.Dial
	Talked // To is the port of the target at the proxy's address
	// Own is what the proxy answers when it is asked for itself, after it had
	// said nothing of the target.
	Own *platform.Talk
}

// Way is the way through this proxy.
func (p Proxied) Way() diag.Way {
	w := WayThrough(p.Proxy)
	if p.To.IsValid() {
		w.Family = diag.FamilyOf(p.To.Addr())
	}
	return w
}

// Connected reports whether the proxy accepted the connection.
func (p Proxied) Connected() bool {
	s := p.Talk.Stages
	return p.Problem == nil && len(s) > 0 && s[0].Problem == nil
}

const (
	// proxyPatience is how long a conversation may be without a connection
	// before the proxy is dialed beside it.
	proxyPatience = time.Second
	// proxySilence ends those attempts.
	proxySilence = 2300 * time.Millisecond
	ownPatience  = 2 * time.Second
)

// proxyCodes are told of a conversation through a proxy.
var proxyCodes = []catalog.Code{"proxy.dead", "proxy.auth", "proxy.auth-refused", "proxy.denied", "firewall.local-out"}

// TalkProxy speaks with a web server through the proxy that this user's programs
// take to it.
var TalkProxy = add(diag.Spec[Proxied]{
	ID: "talk.proxy", Layer: catalog.Application, Timeout: 10 * time.Second, Traffic: diag.LocalTraffic, Proxied: true,
	After: []diag.Node{ProxyRead}, Reads: []diag.Node{ClockRead, TalkTarget},
	Tells:  slices.Concat(proxyCodes, talkCodes),
	Claims: []catalog.Claim{catalog.Answers, catalog.ClockRight, catalog.ChainComplete, catalog.RequestTaken, catalog.SmallExchangeWorks, catalog.ProxyMade, catalog.ProxySignsIn},
	Probe: func(ctx context.Context, e *diag.Env) (Proxied, error) {
		setting, err := ProxyRead.Need(e)
		if err != nil {
			return Proxied{}, err
		}
		if _, used := setting.Used(e.Target); !used {
			return Proxied{}, diag.Skip("no-proxy")
		}
		return throughProxy(ctx, e, setting)
	},
	Judge:   judgeProxied,
	Unclear: []string{"failed", "lookup"},
	Tell:    tellProxied,
})

// throughProxy asks the target through the proxy that is set.
func throughProxy(ctx context.Context, e *diag.Env, setting ProxySetting) (Proxied, error) {
	src, _ := setting.Chosen()
	p := Proxied{From: src.From, Found: src.Discovers}
	p.Proxy, _ = setting.Proxy()
	if p.Addrs, p.Lookup = lookupHost(ctx, e, p.Proxy.Host); len(p.Addrs) == 0 {
		return p, nil
	}
	for i, a := range p.Addrs {
		p.try(ctx, e, a)
		if p.Connected() || i == 1 { // a program tries the next, too
			break
		}
	}
	return p, nil
}

// lookupHost looks up a host that the settings name; an address is its own.
func lookupHost(ctx context.Context, e *diag.Env, host string) ([]netip.Addr, *platform.Problem) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	a, err := e.Host.Names.System(ctx, platform.NameAsk{Name: host})
	return a.Addresses, platform.AsProblem(err)
}

// try holds the conversation at one address of the proxy. Where it does not
// connect, an attempt beside it tells why.
func (p *Proxied) try(ctx context.Context, e *diag.Env, a netip.Addr) {
	at, to := netip.AddrPortFrom(a, p.Proxy.Port), netip.AddrPortFrom(a, e.Target.Ports[0])
	q, wait := conversation(e.Target, to)
	q.To, q.Proxy = at, hop(p.Proxy, q, e.Target)
	talking, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	done, talked := make(chan struct{}), Talked{}
	go func() {
		defer close(done)
		talked = talkAs(talking, e, to, q, wait, share{room: true})
	}()
	p.Dials = nil
	if e.StillWaiting(ctx, "connect "+at.String(), done, proxyPatience) {
		p.Dials = append(p.Dials, dialProxy(ctx, e, platform.DialAsk{To: at, SYNs: 2}))
		if p.Dials[0].Ended != platform.DialOpen {
			e.Cut(cancel)
		}
	}
	<-done
	p.Talked = talked
	p.signIn(ctx, e, q, wait)
	if len(p.Dials) == 0 && !p.Connected() {
		p.Dials = append(p.Dials, dialProxy(ctx, e, platform.DialAsk{To: at, SYNs: 2}))
	}
	p.askItself(ctx, e, at)
}

func dialProxy(ctx context.Context, e *diag.Env, q platform.DialAsk) platform.Dial {
	ctx, cancel := context.WithTimeout(ctx, proxySilence)
	defer cancel()
	return dial(ctx, e, q)
}

// hop is how this proxy is asked for a conversation.
func hop(p platform.Proxy, q platform.TalkAsk, t diag.Target) *platform.ProxyHop {
	h := &platform.ProxyHop{How: platform.ProxyConnect, Host: serverName(t), Port: t.Ports[0]}
	switch {
	case p.Scheme == "socks5":
		h.How = platform.ProxySOCKS5
	case q.TLS == nil && q.HTTP != nil:
		h.How = platform.ProxyForward
	}
	return h
}

// signIn asks once more with the session's sign-in, where the proxy takes one and
// the system's settings name it: so do the user's programs, unasked. One that was
// found in the network is given none. Where none could be given, the first answer
// stands.
func (p *Proxied) signIn(ctx context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration) {
	scheme := wants(p.Reply())
	if !p.takes(scheme) {
		return
	}
	signed := *q.Proxy
	signed.SignIn = &platform.ProxySignIn{Scheme: scheme, Host: p.Proxy.Host}
	q.Proxy = &signed
	if t, problem := converse(ctx, e, q, wait); problem == nil && signedIn(t) {
		p.Talked = Talked{To: p.To, Talk: t}
	}
}

// wants is the scheme of the sign-in for which a proxy asks; "" for none.
func wants(t platform.Talk) string {
	switch {
	case t.Proxy != nil && t.Proxy.Status == 407:
		return t.Proxy.Auth
	case t.Proxy == nil && t.HTTP != nil && t.HTTP.Status == 407:
		return t.HTTP.ProxyAuth
	}
	return ""
}

func signedIn(t platform.Talk) bool {
	return t.Proxy != nil && t.Proxy.SignedIn != "" || t.HTTP != nil && t.HTTP.ProxySignedIn != ""
}

// takes reports whether programs here give the proxy a sign-in of the session.
func (p *Proxied) takes(scheme string) bool {
	return ofSession(scheme) && !p.Found && slices.Contains(signedSources, p.From) && !p.Proxy.HasCredentials
}

// signedSources are the settings whose proxies the programs of Windows sign in
// to by themselves.
var signedSources = []string{"windows", "policy"}

// askItself asks a proxy that stayed silent for a page of its own: one that
// answers that lives, and waits for the target.
func (p *Proxied) askItself(ctx context.Context, e *diag.Env, at netip.AddrPort) {
	stage, problem := stopped(p.Reply())
	if !p.Connected() || problem == nil || problem.Code != platform.Timeout || p.Proxy.Scheme != "http" ||
		stage != platform.StageProxy && (stage != platform.StageReply || p.Talk.Proxy != nil) {
		return
	}
	q := platform.TalkAsk{To: at, HTTP: &platform.HTTPAsk{Method: "GET", Host: at.String(), Path: "/"}, N: 2}
	if own, err := converse(ctx, e, q, ownPatience); err == nil {
		p.Own = &own
	}
}

func tellProxied(p Proxied) (string, diag.Args) {
	if p.Lookup != nil && len(p.Addrs) == 0 {
		return "lookup", diag.Args{"proxy": proxyText(p.Proxy)}
	}
	r := p.Reply()
	if at, problem := stopped(r); at != "" {
		return "failed", diag.Args{"stage": at, "problem": string(problem.Code), "proxy": proxyText(p.Proxy)}
	}
	if r.HTTP != nil && r.HTTP.Status > 0 {
		return "http", diag.Args{"status": r.HTTP.Status, "proxy": proxyText(p.Proxy)}
	}
	return "open", diag.Args{"proxy": proxyText(p.Proxy)}
}
