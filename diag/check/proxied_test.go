package check

import (
	"net/netip"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// talked makes a conversation that ended in a stage.
func talkedAt(stage string, code platform.ProblemCode, end platform.TalkEnd, more func(*platform.Talk)) platform.Talk {
	t := platform.Talk{End: end}
	for _, name := range []string{platform.StageConnect, platform.StageProxy, platform.StageTLS, platform.StageRequest, platform.StageReply} {
		s := platform.Stage{Name: name}
		if name == stage && code != "" {
			s.Problem = &platform.Problem{Code: code}
		}
		t.Stages = append(t.Stages, s)
		if name == stage {
			break
		}
	}
	if stage != platform.StageConnect {
		t.Proxy = &platform.ProxyReply{}
	}
	if more != nil {
		more(&t)
	}
	return t
}

func TestWhatTheProxyDid(t *testing.T) {
	far, near := netip.MustParseAddr("192.0.2.8"), netip.MustParseAddr("127.0.0.1")
	dialed := func(e platform.DialEnd) []platform.Dial { return []platform.Dial{{Ended: e}} }
	refused := talkedAt(platform.StageConnect, platform.Refused, platform.EndError, nil)
	asked := func(r platform.ProxyReply) platform.Talk {
		return talkedAt(platform.StageProxy, platform.Other, platform.EndError, func(t *platform.Talk) { t.Proxy = &r })
	}
	forward := func(h platform.HTTPFacts) platform.Talk {
		return talkedAt(platform.StageReply, "", platform.EndLocal, func(t *platform.Talk) { t.Proxy, t.HTTP = nil, &h })
	}
	answered := &platform.Talk{Received: 100}
	for _, tt := range []struct {
		name   string
		p      Proxied
		code   catalog.Code
		why    string
		direct bool
		own    bool
	}{
		{"name not found", Proxied{Lookup: &platform.Problem{Code: platform.NotFound}}, "proxy.dead", "name", false, true},
		{"name not asked", Proxied{Lookup: &platform.Problem{Code: platform.NotRecorded}}, "proxy.dead", "name", false, false},
		{"refuses, far away", Proxied{Talked: Talked{Talk: refused}, Dials: dialed(platform.DialRefused)}, "proxy.dead", "refused", false, true},
		{"refuses, here", Proxied{Addrs: []netip.Addr{near}, Talked: Talked{To: netip.AddrPortFrom(near, 1), Talk: refused}, Dials: dialed(platform.DialRefused)}, "proxy.dead", "refused", true, true},
		{"silent", Proxied{Talked: Talked{Talk: refused}, Dials: dialed(platform.DialSilent)}, "proxy.dead", "silent", false, true},
		{"rejected on the way", Proxied{Talked: Talked{Talk: refused}, Dials: dialed(platform.DialICMP)}, "proxy.dead", "unreachable", false, true},
		{"open by now", Proxied{Talked: Talked{Talk: refused}, Dials: dialed(platform.DialOpen)}, "", "", false, false},
		{"wants a sign-in", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 407, Auth: "Basic"})}}, "proxy.auth", "", true, true},
		{"wants the session's sign-in", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 407, Auth: "Negotiate"})}}, "proxy.auth", "", false, true},
		{"refuses the session's sign-in", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 407, Auth: "Negotiate", SignedIn: "Negotiate"})}}, "proxy.auth-refused", "", true, true},
		{"refuses the session's sign-in, plain", Proxied{Talked: Talked{Talk: forward(platform.HTTPFacts{Status: 407, ProxyAuth: "NTLM", ProxySignedIn: "NTLM"})}}, "proxy.auth-refused", "", true, true},
		{"lets nobody there who signed in", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 403, SignedIn: "NTLM"})}}, "proxy.denied", "", true, true},
		{"wants what the setting holds", Proxied{Proxy: platform.Proxy{HasCredentials: true}, Talked: Talked{Talk: asked(platform.ProxyReply{Status: 407, Auth: "Basic"})}}, "", "", false, true},
		{"denies", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 403})}}, "proxy.denied", "", true, true},
		{"denies, SOCKS", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{SOCKS: 3})}}, "proxy.denied", "", true, true},
		{"does not reach", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{Status: 502})}}, "service.upstream-down", "", true, true},
		{"does not reach, SOCKS", Proxied{Talked: Talked{Talk: asked(platform.ProxyReply{SOCKS: 6})}}, "service.upstream-down", "", true, true},
		{"is no proxy", Proxied{Talked: Talked{Talk: talkedAt(platform.StageProxy, platform.Malformed, platform.EndError, nil)}}, "proxy.dead", "other", false, true},
		{"closes", Proxied{Talked: Talked{Talk: talkedAt(platform.StageProxy, platform.Other, platform.EndFIN, nil)}}, "proxy.dead", "closes", false, true},
		{"mute", Proxied{Talked: Talked{Talk: talkedAt(platform.StageProxy, platform.Timeout, platform.EndTimeout, nil)}}, "proxy.dead", "mute", false, true},
		{"mute of the target", Proxied{Own: answered, Talked: Talked{Talk: talkedAt(platform.StageProxy, platform.Timeout, platform.EndTimeout, nil)}}, "service.upstream-down", "", false, true},
		{"the target's TLS fails", Proxied{Talked: Talked{Talk: talkedAt(platform.StageTLS, platform.Reset, platform.EndReset, nil)}}, "", "", false, false},
		{"passes on", Proxied{Talked: Talked{Talk: forward(platform.HTTPFacts{Status: 200})}}, "", "", false, false},
		{"passes a refusal on", Proxied{Talked: Talked{Talk: forward(platform.HTTPFacts{Status: 403, Via: "1.1 p", Server: "nginx"})}}, "", "", false, false},
		{"refuses itself", Proxied{Talked: Talked{Talk: forward(platform.HTTPFacts{Status: 403, Server: "squid"})}}, "proxy.denied", "", true, true},
		{"wants a sign-in, plain", Proxied{Talked: Talked{Talk: forward(platform.HTTPFacts{Status: 407, ProxyAuth: "Basic"})}}, "proxy.auth", "", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.p.Lookup == nil && tt.p.Addrs == nil {
				tt.p.Addrs, tt.p.To = []netip.Addr{far}, netip.AddrPortFrom(far, 80)
			}
			f, own := proxyFault(diag.View{}, tt.p)
			why, _ := f.Args["why"].(string)
			if own != tt.own || own && (f.Code != tt.code || f.Direct != tt.direct || why != tt.why) {
				t.Errorf("got %s %q, direct %v, own %v want %s %q, %v, %v", f.Code, why, f.Direct, own, tt.code, tt.why, tt.direct, tt.own)
			}
		})
	}
}

func TestUsedProxy(t *testing.T) {
	src := func(s platform.ProxySource) ProxySetting {
		return ProxySetting{platform.ProxyFacts{Sources: []platform.ProxySource{s, {Proxy: &platform.Proxy{Scheme: "http", Host: "later", Port: 1}}}}}
	}
	set := src(platform.ProxySource{Proxy: &platform.Proxy{Scheme: "http", Host: "p", Port: 1}})
	for _, tt := range []struct {
		name, target string
		setting      ProxySetting
		want         bool
	}{
		{"web", "https://a.example", set, true},
		{"another protocol", "ssh://a.example", set, false},
		{"no scheme", "a.example", set, false},
		{"an exception of the first setting", "https://a.example", src(platform.ProxySource{Bypassed: true}), false},
		{"a script", "https://a.example", src(platform.ProxySource{Script: "http://pac.example/"}), false},
		{"a proxy that is not spoken to", "https://a.example", src(platform.ProxySource{Proxy: &platform.Proxy{Scheme: "https", Host: "p", Port: 1}}), false},
		{"none", "https://a.example", ProxySetting{}, false},
	} {
		target, err := diag.ParseTarget(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := tt.setting.Used(target); got != tt.want {
			t.Errorf("%s: got %v want %v", tt.name, got, tt.want)
		}
	}
}

// TestWantsSignIn: who asks for a sign-in, and who was given one.
func TestWantsSignIn(t *testing.T) {
	for _, tt := range []struct {
		name   string
		t      platform.Talk
		scheme string
		signed bool
	}{
		{"lets through", platform.Talk{Proxy: &platform.ProxyReply{Status: 200}, HTTP: &platform.HTTPFacts{Status: 200}}, "", false},
		{"asks", platform.Talk{Proxy: &platform.ProxyReply{Status: 407, Auth: "NTLM"}}, "NTLM", false},
		{"asks, plain", platform.Talk{HTTP: &platform.HTTPFacts{Status: 407, ProxyAuth: "Negotiate"}}, "Negotiate", false},
		{"the target itself says 407", platform.Talk{Proxy: &platform.ProxyReply{Status: 200}, HTTP: &platform.HTTPFacts{Status: 407, ProxyAuth: "Negotiate"}}, "", false},
		{"was given one", platform.Talk{Proxy: &platform.ProxyReply{Status: 200, SignedIn: "Negotiate"}}, "", true},
		{"was given one, plain", platform.Talk{HTTP: &platform.HTTPFacts{Status: 200, ProxySignedIn: "NTLM"}}, "", true},
		{"silent", platform.Talk{}, "", false},
	} {
		if scheme, signed := wants(tt.t), signedIn(tt.t); scheme != tt.scheme || signed != tt.signed {
			t.Errorf("%s: got %q, %v want %q, %v", tt.name, scheme, signed, tt.scheme, tt.signed)
		}
	}
}

// TestGivesSignIn: only to a proxy that the system's settings name.
func TestGivesSignIn(t *testing.T) {
	for _, tt := range []struct {
		name, scheme string
		p            Proxied
		want         bool
	}{
		{"set in Windows", "Negotiate", Proxied{From: "windows"}, true},
		{"set by a policy", "ntlm", Proxied{From: "policy"}, true},
		{"found in the network", "Negotiate", Proxied{From: "windows", Found: true}, false},
		{"set in the environment", "Negotiate", Proxied{From: "environment"}, false},
		{"asks for a password", "Basic", Proxied{From: "windows"}, false},
		{"has a password of its own", "Negotiate", Proxied{From: "windows", Proxy: platform.Proxy{HasCredentials: true}}, false},
	} {
		if got := tt.p.takes(tt.scheme); got != tt.want {
			t.Errorf("%s: got %t want %t", tt.name, got, tt.want)
		}
	}
}
