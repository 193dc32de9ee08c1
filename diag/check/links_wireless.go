package check

import (
	"context"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// LinksWireless asks how far the Wi-Fi adapters got.
var LinksWireless = add(diag.Spec[[]platform.Wireless]{
	ID: "links.wireless", Layer: catalog.Link, Timeout: 2 * time.Second, Start: diag.OnTrouble, After: []diag.Node{LinksRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]platform.Wireless, error) {
		links, err := LinksRead.Need(e)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(links, func(l platform.Link) bool { return l.Kind == platform.WiFi }) {
			return nil, diag.Skip("no-wifi")
		}
		return e.Host.Links.Wireless(ctx, platform.Reading{})
	},
	Tell: func(all []platform.Wireless) (string, diag.Args) {
		for _, w := range all {
			if w.State == platform.WirelessJoined {
				return "joined", diag.Args{"adapter": w.Name, "signal": w.Signal}
			}
		}
		return "none", nil
	},
	Unclear: []string{"none"},
})
