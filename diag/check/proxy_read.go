package check

import (
	"context"
	"strconv"
	"strings"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ProxySetting is which proxy this user's programs are set to take to the
// target.
type ProxySetting struct{ platform.ProxyFacts }

// Chosen is the first setting that says anything of the target to a program of
// this user.
func (s ProxySetting) Chosen() (src platform.ProxySource, says bool) {
	for _, src := range s.Sources {
		if !src.Services {
			return src, true
		}
	}
	return src, false
}

// Used returns the proxy that a program of this user takes to a web server. What
// speaks another protocol goes directly, and so may who only named a host.
func (s ProxySetting) Used(t diag.Target) (p platform.Proxy, used bool) {
	p, set := s.Proxy()
	return p, set && t.HTTP
}

// Proxy returns the proxy that is set, and that can be spoken to.
func (s ProxySetting) Proxy() (p platform.Proxy, set bool) {
	src, _ := s.Chosen()
	if src.Proxy == nil || src.Proxy.Scheme != "http" && src.Proxy.Scheme != "socks5" {
		return p, false
	}
	return *src.Proxy, true
}

// WayThrough is the way through a proxy of which no address is known.
func WayThrough(p platform.Proxy) diag.Way { return diag.Way{Via: proxyText(p)} }

func proxyText(p platform.Proxy) string {
	host := p.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(p.Port))
}

// ProxyRead reads the settings for proxies.
var ProxyRead = add(diag.Spec[ProxySetting]{
	ID: "proxy.read", Layer: catalog.Application, Timeout: 4 * time.Second, Proxied: true,
	Probe: func(ctx context.Context, e *diag.Env) (ProxySetting, error) {
		q := platform.ProxyAsk{Scheme: "https", Host: serverName(e.Target), Port: e.Target.Ports[0]}
		if e.Target.HTTP && !e.Target.TLS {
			q.Scheme = "http"
		}
		f, err := e.Host.Proxies.For(ctx, q)
		return ProxySetting{f}, err
	},
	Unclear: []string{"other-user"},
	Tell: func(s ProxySetting) (string, diag.Args) {
		src, says := s.Chosen()
		switch {
		case !says && s.OtherUser:
			return "other-user", nil
		case !says:
			return "none", nil
		case src.Bypassed && src.Script != "":
			return "direct", diag.Args{"from": src.From}
		case src.Bypassed:
			return "bypassed", diag.Args{"from": src.From}
		case src.Proxy != nil:
			return "proxy", diag.Args{"from": src.From, "proxy": proxyText(*src.Proxy)}
		}
		if src.Script == "" {
			return "discovers", diag.Args{"from": src.From}
		}
		return "script", diag.Args{"from": src.From}
	},
})
