package check

import (
	"strconv"
	"testing"

	"faultline/diag"
	"faultline/platform"
)

func TestPageOf(t *testing.T) {
	page := func(status int, title, location string) platform.Talk {
		return platform.Talk{HTTP: &platform.HTTPFacts{Status: status, Title: title, Location: location}}
	}
	for _, tt := range []struct {
		name string
		talk platform.Talk
		want string
	}{
		{"nothing", platform.Talk{}, ""},
		{"a page", page(200, "News", ""), ""},
		{"network authentication required", page(511, "", ""), portalPage},
		{"WISPr", platform.Talk{HTTP: &platform.HTTPFacts{Status: 200}, First: []byte("<WISPAccessGatewayParam>")}, portalPage},
		{"title of a portal", page(200, "Hotspot Login", ""), likePortal},
		{"title that mentions a portal", page(200, "What is a captive portal", ""), ""},
		{"redirect to a portal", page(302, "", "captive.hotel.example"), likePortal},
		{"redirect to a guest network", page(302, "", "guest-wifi.hotel.example."), likePortal},
		{"redirect to a domain of portals", page(302, "", "captive.example"), likePortal},
		{"redirect to a shop for hotspots", page(302, "", "www.hotspot-shop.example"), ""},
		{"redirect to a company's portal", page(302, "", "portal.corp.example"), ""},
		{"redirect to a filter", page(302, "", "blockpage.isp.example"), blockPage},
		{"block page", page(200, "Web Page Blocked", ""), blockPage},
		{"news of blocking", page(200, "Road is blocked by snow", ""), ""},
		{"forbidden by a product", page(403, "FortiGuard: page blocked", ""), blockPage},
		{"forbidden in the server's words", page(403, "You have been blocked", ""), doubtfulPage},
		{"forbidden", page(403, "403 Forbidden", ""), ""},
		{"withheld", page(451, "Unavailable", ""), ""},
	} {
		if got := pageOf(tt.talk); got != tt.want {
			t.Errorf("%s: got %q want %q", tt.name, got, tt.want)
		}
	}
}

func TestForeign(t *testing.T) {
	for _, tt := range []struct {
		target, location string
		want             bool
	}{
		{"http://www.corp.example", "", false},
		{"http://www.corp.example", "www.corp.example", false},
		{"http://www.corp.example", "login.corp.example", false},
		{"http://www.corp.example", "corp.example", false},
		{"http://www.corp.example", "CORP.example.", false},
		{"http://www.corp.example", "other.example", true},
		{"http://www.corp.example", "10.0.0.1", true},
		{"http://10.0.0.1", "10.0.0.1", false},
		{"http://10.0.0.1", "10.0.0.2", true},
		{"http://10.0.0.1", "host.example", true},
	} {
		target, err := diag.ParseTarget(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		if got := foreign(target, tt.location); got != tt.want {
			t.Errorf("%s to %s: got %v want %v", tt.target, tt.location, got, tt.want)
		}
	}
}

func TestInspected(t *testing.T) {
	chain := func(subject, issuer string, self bool, matches platform.Tri) platform.TLSFacts {
		return platform.TLSFacts{NameMatches: matches, Chain: []platform.Certificate{{Subject: subject, Issuer: issuer, SelfSigned: self}}}
	}
	for _, tt := range []struct {
		name string
		tls  platform.TLSFacts
		want string
	}{
		{"none", platform.TLSFacts{}, ""},
		{"a product", chain("CN=a.example", "CN=Zscaler Intermediate Root CA,O=Zscaler Inc.", false, platform.Yes), "zscaler"},
		{"a public authority", chain("CN=a.example", "CN=R3,O=Let's Encrypt", false, platform.Yes), ""},
		{"the product's own page", chain("CN=www.zscaler.com,O=Zscaler Inc.", "CN=Zscaler Root", false, platform.Yes), ""},
		{"a device's own page", chain("CN=FGT60", "CN=Fortinet CA", false, platform.No), ""},
		{"signed by itself", chain("CN=a.example", "CN=mitmproxy", true, platform.Yes), ""},
	} {
		if got := inspected(tt.tls); got != tt.want {
			t.Errorf("%s: got %q want %q", tt.name, got, tt.want)
		}
	}
}

func TestControlPort(t *testing.T) {
	for given, want := range map[string]string{"a.example": "a.example 443", "a.example:80": "a.example 80", "2001:db8::1": "2001:db8::1 443",
		"[2001:db8::1]:8443": "2001:db8::1 8443", "10.0.0.1:": "10.0.0.1: 443", "a.example:0": "a.example:0 443"} {
		host, port := controlPort(given, 443)
		if got := host + " " + strconv.Itoa(int(port)); got != want {
			t.Errorf("%s: got %s want %s", given, got, want)
		}
	}
}

func TestMade(t *testing.T) {
	reply := platform.HTTPFacts{Status: 403, Server: "nginx", Via: "1.1 proxy"}
	squid := platform.HTTPFacts{Status: 403, Server: "squid/6"}
	for _, tt := range []struct {
		name string
		r    platform.HTTPFacts
		want platform.Tri
	}{
		{"by a product", squid, platform.Yes},
		{"passed on", reply, platform.No},
		{"not known", platform.HTTPFacts{Status: 403}, platform.Unknown},
	} {
		if got := made(diag.View{}, tt.r); got != tt.want {
			t.Errorf("%s: got %v want %v", tt.name, got, tt.want)
		}
	}
}
