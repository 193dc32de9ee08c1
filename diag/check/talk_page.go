package check

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// TalkPage fetches the beginning of a page that is not encrypted, beside the
// conversation that only asks for its head: what stands in it shows whether it
// is the target's own.
var TalkPage = add(diag.Spec[[]Talked]{
	ID: "talk.page", Layer: catalog.Application, Timeout: 4 * time.Second, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{TCPConnect, ProxyRead},
	Probe: func(ctx context.Context, e *diag.Env) ([]Talked, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return nil, err
		}
		setting, _ := ProxyRead.Of(e.View)
		_, proxied := setting.Used(e.Target)
		open := openPorts(attempts)
		switch {
		case len(open) == 0:
			return nil, diag.Skip("nothing-open")
		case !e.Target.HTTP || e.Target.TLS || !e.Target.RootPath || proxied:
			return nil, diag.Skip("no-page")
		}
		out := ofEachFamily(open)
		var all sync.WaitGroup
		for i, to := range out {
			all.Go(func() { out[i].Talk, out[i].Problem = converse(ctx, e, pageAsk(e.Target, to.To), controlPatience) })
		}
		all.Wait()
		return out, nil
	},
	Tell: func(all []Talked) (string, diag.Args) {
		for _, t := range all {
			h := t.Talk.HTTP
			switch {
			case t.Problem != nil || h == nil || h.Status == 0:
			case h.Title != "":
				return "titled", diag.Args{"first": h.Title}
			default:
				return "page", diag.Args{"status": h.Status}
			}
		}
		return "nothing", nil
	},
})

// pageBegin is how much of a page shows its title.
const pageBegin = 2 << 10

// ofEachFamily takes the first address of each family.
func ofEachFamily(open []netip.AddrPort) (out []Talked) {
	for _, to := range open {
		if !slices.ContainsFunc(out, func(t Talked) bool { return t.To.Addr().Is4() == to.Addr().Is4() }) {
			out = append(out, Talked{To: to})
		}
	}
	return out
}

func pageAsk(t diag.Target, to netip.AddrPort) platform.TalkAsk {
	q, _ := conversation(t, to)
	q.HTTP.Method, q.Read, q.N = "GET", pageBegin, 4
	return q
}
