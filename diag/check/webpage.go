package check

import (
	"net/netip"
	"slices"
	"strings"

	"faultline/diag"
	"faultline/platform"
)

// What a page is that does not look like the target's own.
const (
	portalPage   = "portal"
	likePortal   = "like-portal" // as some servers' own pages are, too
	blockPage    = "block"
	doubtfulPage = "doubtful" // speaks of blocking, as the server itself may
)

// Words in the names of the hosts to which such pages redirect, or in the pages.
// A server's own page may have most of them: see where each is used.
var (
	portalHosts  = []string{"captive", "hotspot", "wispr", "walledgarden", "walled-garden", "networkauth", "wifi", "wlan"}
	portalTitles = []string{"hotspot login", "network login", "sign in to the network", "sign in to network", "log in to the network", "log in to network",
		"wi-fi login", "wifi login", "captive portal", "guest wi-fi", "guest wifi", "network authentication required", "network access login"}
	blockHosts  = []string{"blocked", "blockpage", "webfilter", "urlfilter", "gateway.zscaler", "block.opendns", "malware.opendns"}
	blockTitles = []string{"web page blocked", "website blocked", "site blocked", "page blocked", "url blocked", "access blocked", "blocked by "}
	blockTexts  = []string{"web page blocked", "web filter violation", "blocked by your", "blocked by the network", "against company policy", "internet usage policy"}
	// filterProducts make such pages.
	filterProducts = []string{"fortiguard", "zscaler", "websense", "forcepoint", "sophos", "umbrella", "web filter", "url filter", "content filter", "dansguardian", "e2guardian"}
	// doubtfulTexts may be the server's own, too.
	doubtfulTexts = []string{"has been blocked", "is blocked", "was blocked", "have been blocked", "blocked by"}
)

// authentic reports whether a certificate vouches for whoever sent the page.
func authentic(t platform.Talk) bool {
	return t.TLS != nil && t.TLS.Trusted == platform.Yes && t.TLS.NameMatches == platform.Yes
}

// pageOf classifies a reply by its status, by where it redirects and by what it
// says; "" for what may well be the target's own.
func pageOf(r platform.Talk) string {
	h := r.HTTP
	if h == nil || h.Status == 0 {
		return ""
	}
	title := strings.ToLower(h.Title)
	text := title + "\n" + strings.ToLower(string(r.First))
	switch {
	case h.Status == 511, strings.Contains(text, "wispaccessgatewayparam"):
		return portalPage
	case h.Status >= 300 && h.Status < 400:
		return redirectOf(h.Location)
	case begins(title, portalTitles):
		return likePortal
	case h.Status == 200 && begins(title, blockTitles):
		return blockPage
	case h.Status != 403 && h.Status != 451:
		return ""
	case namesProduct(text, blockTexts), begins(title, blockTitles), namesProduct(text, filterProducts) && strings.Contains(text, "block"):
		return blockPage
	case namesProduct(text, doubtfulTexts):
		return doubtfulPage
	}
	return ""
}

func redirectOf(location string) string {
	switch {
	case namesProduct(location, blockHosts):
		return blockPage
	case namesPortal(location):
		return likePortal
	}
	return ""
}

// namesPortal reports whether a host is called as portals are: below its domain,
// or by the domain's whole name. A longer one is its owner's, who may well deal
// in hotspots.
func namesPortal(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	own := domain(host)
	name, _, _ := strings.Cut(own, ".")
	return namesProduct(strings.TrimSuffix(host, own), portalHosts) || slices.Contains(portalHosts, name)
}

func begins(title string, with []string) bool {
	return slices.ContainsFunc(with, func(w string) bool { return strings.HasPrefix(title, w) })
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
