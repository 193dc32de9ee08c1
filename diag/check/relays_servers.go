package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
)

// RelaysServers does the same as RelaysTry with the name servers, which must be
// reached while the target has no address.
var RelaysServers = add(diag.Spec[[]Relayed]{
	ID: "relays.servers", Layer: catalog.Path, Timeout: 4 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic, Patience: relayPatience,
	After: []diag.Node{AddressClaims, RoutesRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]Relayed, error) {
		r, err := RoutesRead.Need(e)
		switch {
		case err != nil:
			return nil, err
		case e.Target.Addr.IsValid():
			return nil, diag.Skip("literal")
		}
		return relay(ctx, e, r.To, []uint16{dnsPort})
	},
	Tell: tellRelayed,
})
