package check

import (
	"net/netip"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

func TestSurpriseBesideControls(t *testing.T) {
	target, err := diag.ParseTarget("https://www.corp.example")
	if err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort("192.0.2.1:443")
	redirect := func(location string) platform.Talk {
		return platform.Talk{Received: 100, HTTP: &platform.HTTPFacts{Status: 302, Location: location}}
	}
	page := func(status int, title string) platform.Talk {
		return platform.Talk{Received: 100, HTTP: &platform.HTTPFacts{Status: status, Title: title}}
	}
	shown := func(sum, issuer string, name, trusted platform.Tri) platform.Talk {
		return platform.Talk{Received: 1000, Stages: []platform.Stage{{Name: platform.StageTLS}}, TLS: &platform.TLSFacts{NameMatches: name, Trusted: trusted,
			Chain: []platform.Certificate{{SHA256: sum, Issuer: issuer}}}}
	}
	cut := talkedAt(platform.StageTLS, platform.Reset, platform.EndReset, func(t *platform.Talk) { t.TLS, t.Proxy = &platform.TLSFacts{}, nil })
	byAll := func(of, other platform.Talk, named bool) WebControls {
		return WebControls{Of: Talked{To: to, Talk: of}, Elsewhere: []Elsewhere{{Named: named, Talk: other}}}
	}
	alone := func(of platform.Talk) WebControls { return WebControls{Of: Talked{To: to, Talk: of}} }
	other := func(of, other platform.Talk) WebControls {
		return WebControls{Of: Talked{To: to, Talk: of}, Other: &other}
	}
	hijacked := alone(redirect("start.example"))
	hijacked.Hijacked = true
	plain := alone(shown("a", "CN=gate", platform.No, platform.No))
	login := page(511, "")
	plain.Plain = &login
	authentic := shown("a", "CN=ca", platform.Yes, platform.Yes)
	authentic.HTTP = &platform.HTTPFacts{Status: 200, Title: "Hotspot login"}
	for _, tt := range []struct {
		name  string
		c     WebControls
		code  catalog.Code
		party catalog.Party
		same  platform.Tri
	}{
		{"redirected as everybody", byAll(redirect("start.example"), redirect("start.example"), true), "portal.captive", "", platform.Yes},
		{"redirected, another is not", byAll(redirect("start.example"), page(200, ""), true), "", "", platform.No},
		{"redirected, nobody else was asked", alone(redirect("start.example")), "", "", platform.Unknown},
		{"redirected within the domain, as everybody", byAll(redirect("login.corp.example"), redirect("login.corp.example"), true), "", "", platform.Yes},
		{"every name leads here", hijacked, "portal.captive", "", platform.Yes},
		{"status 511", alone(page(511, "")), "portal.captive", "", platform.Unknown},
		{"like a portal, for any name", other(page(200, "Hotspot login"), page(200, "Hotspot login")), "portal.captive", "", platform.Unknown},
		{"like a portal's redirect, for any name", other(redirect("captive.example"), redirect("captive.example")), "portal.captive", "", platform.Unknown},
		{"like a portal's redirect, for this name", other(redirect("captive.example"), page(404, "")), "", "", platform.Unknown},
		{"with its own certificate", other(authentic, authentic), "", "", platform.Unknown},
		{"blocked", alone(page(403, "Web Page Blocked")), "web.blocked", "", platform.Unknown},
		{"blocked, another name passes", other(page(403, "Web Page Blocked"), page(200, "")), "web.blocked", "", platform.No},
		{"perhaps blocked, another name passes", other(page(403, "It has been blocked"), page(200, "")), "web.blocked", "", platform.No},
		{"perhaps blocked, another name is too", other(page(403, "It has been blocked"), page(403, "")), "", "", platform.Unknown},
		{"everybody's certificate for another name", byAll(shown("a", "CN=ca", platform.No, platform.Yes), shown("a", "CN=ca", platform.No, platform.Yes), false), "portal.captive", "", platform.Yes},
		{"everybody's issuer, not trusted", byAll(shown("a", "CN=ca", platform.Yes, platform.No), shown("b", "CN=ca", platform.No, platform.No), false), "tls.intercepted", "", platform.Yes},
		{"only its issuer is not trusted", byAll(shown("a", "CN=ca", platform.Yes, platform.No), shown("b", "CN=public", platform.Yes, platform.Yes), true), "", "", platform.No},
		{"a portal's certificate and plain page", plain, "portal.captive", "", platform.Unknown},
		{"reset, another name is not", other(cut, shown("a", "", platform.No, platform.No)), "tls.reset", "", platform.No},
		{"reset, another name too", other(cut, cut), "tls.reset", catalog.Service, platform.Yes},
		{"reset, nothing else asked", alone(cut), "", "", platform.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := tt.c.judge(diag.View{Target: target})
			var got diag.Finding
			if len(j.Findings) > 0 {
				got = j.Findings[0]
			}
			var met platform.Tri
			for _, c := range j.Claims {
				if c.Name == catalog.ControlSame {
					met = c.Value
				}
			}
			if got.Code != tt.code || got.Party != tt.party || met != tt.same {
				t.Errorf("got %s %s, control %v want %s %s, %v", got.Code, got.Party, met, tt.code, tt.party, tt.same)
			}
		})
	}
}
