package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// MTUPath sends one full-sized packet beside a small one to every address that
// opens a port. Where only the small one comes back, a conversation in full-sized
// segments is held beside one in small ones: a machine may ignore large echo
// requests and carry TCP well.
var MTUPath = add(diag.Spec[[]Sizes]{
	ID: "mtu.path", Layer: catalog.Path, Timeout: 12 * time.Second, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{TCPConnect, RoutesTarget, LinksRead},
	Tells: []catalog.Code{"mtu.black-hole", "mtu.reduced"},
	Claims: []catalog.Claim{catalog.LargePacketsPass, catalog.SmallExchangeWorks,
		catalog.Answers},
	Probe: func(ctx context.Context, e *diag.Env) ([]Sizes, error) {
		out, err := sized(e)
		if err != nil {
			return nil, err
		}
		return measureAll(out, func(s *Sizes) {
			if s.look(ctx, e); s.suspicious() {
				s.converse(ctx, e)
				s.measure(ctx, e)
			}
		}), nil
	},
	Judge:   judgeSizes,
	Unclear: []string{"hole"},
	Tell:    tellSizes,
})

func tellSizes(all []Sizes) (string, diag.Args) {
	if len(all) == 0 {
		return "", nil
	}
	s := all[0]
	for _, o := range all {
		if o.Hole() {
			s = o
		}
	}
	args := diag.Args{"full": s.Full, "largest": s.Largest}
	switch {
	case s.Hole():
		return "hole", args
	case s.twoWay() && s.TooBig == nil:
		return "passes", args
	case s.TooBig != nil:
		args["mtu"] = s.TooBig.MTU
		return "told", args
	case s.Compared():
		return "alike", args
	case s.suspicious() && s.passes() == platform.Yes:
		return "echoes", args
	case s.passes() == platform.Yes:
		return "passes", args
	case s.Large:
		return "there", args
	}
	return "unknown", args
}
