package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
)

// MTUTalk compares the conversations where no echo tells, once there is trouble.
var MTUTalk = add(diag.Spec[[]Sizes]{
	ID: "mtu.talk", Layer: catalog.Path, Timeout: 6 * time.Second, Start: diag.OnTrouble, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{MTUPath, TCPConnect, RoutesTarget, LinksRead},
	Tells: []catalog.Code{"mtu.black-hole"},
	Claims: []catalog.Claim{catalog.LargePacketsPass, catalog.SmallExchangeWorks,
		catalog.Answers},
	Probe: func(ctx context.Context, e *diag.Env) ([]Sizes, error) {
		known, err := MTUPath.Need(e)
		if err != nil {
			return nil, err
		}
		var out []Sizes
		for _, s := range known {
			if !s.twoWay() && len(s.Fulls) == 0 {
				out = append(out, Sizes{To: s.To, Full: s.Full, RTT: s.RTT})
			}
		}
		if len(out) == 0 {
			return nil, diag.Skip("sizes-known")
		}
		return measureAll(out, func(s *Sizes) { s.converse(ctx, e) }), nil
	},
	Judge:   func(v diag.View, all []Sizes) diag.Judgement { return judgeSizesOf("mtu.talk", v, all) },
	Unclear: []string{"hole"},
	Tell:    tellSizes,
})
