package check

import (
	"context"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
)

// ReverseServers looks for the same of the name servers, as long as they are
// what is not heard.
var ReverseServers = add(diag.Spec[[]Dropped]{
	ID: "reverse.servers", Layer: catalog.Route, Timeout: 7 * time.Second, Start: diag.OnTrouble, Traffic: diag.LocalTraffic,
	After: []diag.Node{SettingsRead, LinksRead, RoutesRead}, Reads: []diag.Node{NamesServers},
	Tells: []catalog.Code{"route.reverse-path"}, Claims: []catalog.Claim{catalog.ReplyDropped},
	Probe: func(ctx context.Context, e *diag.Env) ([]Dropped, error) {
		r, err := RoutesRead.Need(e)
		switch {
		case err != nil:
			return nil, err
		case e.Target.Addr.IsValid():
			return nil, diag.Skip("literal")
		}
		return dropped(ctx, e, r.To, []uint16{dnsPort, discardPort})
	},
	Judge: func(v diag.View, all []Dropped) (j diag.Judgement) {
		servers, known := NamesServers.Of(v)
		heard := slices.ContainsFunc(servers, func(s ServerAnswers) bool {
			return s.TCP != nil && s.TCP.Came() || slices.ContainsFunc(s.UDP, Answer.Came)
		})
		for _, d := range all {
			if known && !heard {
				d.judge(diag.Way{}, true, "reverse.servers", &j)
			}
		}
		return j
	},
	Unclear: []string{"follows", "moves"},
	Tell:    tellDropped,
})
