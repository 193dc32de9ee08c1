package check

import (
	"net/netip"
	"strings"

	"faultline/diag"
	"faultline/platform"
)

// What a page is that does not look like the target's own.
const (
	portalPage   = "portal"
	blockPage    = "block"
	doubtfulPage = "doubtful" // speaks of blocking, as the server itself may
)

// portalWords and blockWords are in the names of the hosts to which such pages
// redirect, or in the pages themselves.
var (
	portalHosts = []string{"captive", "portal", "hotspot", "wifi", "wlan", "guest", "wispr", "walledgarden", "networkauth"}
	portalTexts = []string{"wispaccessgatewayparam", "captive portal", "captive-portal", "hotspot login", "network login", "sign in to the network",
		"sign in to network", "log in to the network", "log in to network", "wi-fi login", "wifi login", "guest access", "accept the terms", "network authentication required"}
	blockHosts = []string{"blocked", "blockpage", "block.", "webfilter", "urlfilter", "safebrows", "gateway.zscaler", "opendns", "umbrella"}
	blockTexts = []string{"web page blocked", "fortiguard", "zscaler", "content filter", "web filter", "url filter", "urlfilter", "internet usage policy",
		"against company policy", "websense", "category:", "blocked by your", "blocked by the network", "site is restricted"}
	// doubtfulTexts may be the server's own, too.
	doubtfulTexts = []string{"has been blocked", "is blocked", "was blocked", "page blocked", "site blocked", "access blocked", "blocked by",
		"security policy", "access denied"}
)

// pageOf classifies a reply by its status, by where it redirects and by what it
// says; "" for what may well be the target's own.
func pageOf(r platform.Talk) string {
	h := r.HTTP
	if h == nil || h.Status == 0 {
		return ""
	}
	text := strings.ToLower(h.Title + "\n" + string(r.First))
	redirects := h.Status >= 300 && h.Status < 400
	switch {
	case h.Status == 511:
		return portalPage
	case redirects && namesProduct(h.Location, blockHosts):
		return blockPage
	case redirects && namesProduct(h.Location, portalHosts):
		return portalPage
	case namesProduct(text, portalTexts):
		return portalPage
	case (h.Status == 403 || h.Status == 451 || h.Status == 200) && namesProduct(text, blockTexts):
		return blockPage
	case (h.Status == 403 || h.Status == 451) && namesProduct(text, doubtfulTexts):
		return doubtfulPage
	}
	return ""
}

// foreign reports whether a redirect leads to a host that is not the target's:
// neither it, nor a name of the same domain.
func foreign(t diag.Target, location string) bool {
	if location == "" {
		return false
	}
	host := strings.TrimSuffix(strings.ToLower(location), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap() != t.Addr
	}
	if t.Host == "" {
		return true
	}
	return domain(host) != domain(t.Host)
}

// domain is the last two labels of a name: good enough to tell a host of the
// same owner in most places, and too wide rather than too narrow elsewhere.
func domain(name string) string {
	labels := strings.Split(name, ".")
	return strings.Join(labels[max(0, len(labels)-2):], ".")
}

// same reports whether two replies are the same surprise: they lead to the same
// place, or show the same certificate or page.
func same(a, b platform.Talk) platform.Tri {
	if x, y := a.TLS, b.TLS; x != nil && y != nil && len(x.Chain) > 0 && len(y.Chain) > 0 {
		return platform.TriOf(x.Chain[0].SHA256 == y.Chain[0].SHA256 || x.Trusted != platform.Yes && x.Chain[0].Issuer == y.Chain[0].Issuer && !x.Chain[0].SelfSigned)
	}
	x, y := a.HTTP, b.HTTP
	if x == nil || y == nil || x.Status == 0 || y.Status == 0 {
		return platform.Unknown
	}
	if x.Location != "" || y.Location != "" {
		return platform.TriOf(x.Location == y.Location && x.Status == y.Status)
	}
	return platform.TriOf(x.Status == y.Status && (x.Status == 511 || pageOf(a) != "" && pageOf(a) == pageOf(b) || string(a.First) == string(b.First) && len(a.First) > 0))
}
