package check

import (
	"context"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// LogsRecent reads what the system's own programs noted lately, where an
// adapter got no address or no signal.
var LogsRecent = add(diag.Spec[platform.LogFacts]{
	ID: "logs.recent", Layer: catalog.Address, Timeout: 3 * time.Second, Start: diag.OnTrouble, After: []diag.Node{LinksRead},
	Probe: func(ctx context.Context, e *diag.Env) (platform.LogFacts, error) {
		links, err := LinksRead.Need(e)
		if err != nil {
			return platform.LogFacts{}, err
		}
		if !slices.ContainsFunc(Outward(links), wanting) {
			return platform.LogFacts{}, diag.Skip("addressed")
		}
		return e.Host.Logs.Recent(ctx, platform.Reading{})
	},
	Tell: func(l platform.LogFacts) (string, diag.Args) {
		return "read", diag.Args{"n": len(l.Entries)}
	},
})

// wanting reports whether an adapter is one that a person would name, and has
// no IPv4 address but perhaps one that it gave itself.
func wanting(l platform.Link) bool {
	if l.Kind != platform.Ethernet && l.Kind != platform.WiFi || l.Master != 0 {
		return false
	}
	return !slices.ContainsFunc(l.Addresses, func(a platform.Address) bool {
		return a.Prefix.Addr().Is4() && !a.Prefix.Addr().IsLinkLocalUnicast()
	})
}
