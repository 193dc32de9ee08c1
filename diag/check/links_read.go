package check

import (
	"context"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// LinksRead lists the adapters with their addresses.
var LinksRead = add(diag.Spec[[]platform.Link]{
	ID: "links.read", Layer: catalog.Link, Timeout: 2 * time.Second, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) ([]platform.Link, error) {
		return e.Host.Links.All(ctx, e.Reading())
	},
	Same:    sameLinks,
	Unclear: []string{"none"},
	Tell: func(links []platform.Link) (string, diag.Args) {
		var up, down []string
		for _, l := range Outward(links) {
			if l.Up && l.Carrier != platform.No {
				up = append(up, l.Name)
			} else {
				down = append(down, l.Name)
			}
		}
		if len(up)+len(down) == 0 {
			return "none", nil
		}
		return "adapters", diag.Args{"up": up, "down": down, "n": len(up) + len(down)}
	},
})

// Outward returns the adapters that could lead out of this machine.
func Outward(links []platform.Link) []platform.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l platform.Link) bool { return l.Kind == platform.Loopback })
}

// sameLinks compares what a verdict may rest on: which adapters there are,
// whether they are up and have a signal, and their addresses. Whether an
// address is still preferred changes by itself.
func sameLinks(a, b []platform.Link) bool {
	return slices.EqualFunc(a, b, func(x, y platform.Link) bool {
		return x.Index == y.Index && x.Name == y.Name && x.Up == y.Up && x.Carrier == y.Carrier &&
			slices.EqualFunc(x.Addresses, y.Addresses, func(p, q platform.Address) bool { return p.Prefix == q.Prefix })
	})
}
