package check

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// SocketsLocal reads what this machine itself holds on the ports of the target
// where that is one of its own addresses: what listens, how full the accept
// queues are, and who is to take the connections. Where it says so at once that
// nothing is wrong, nobody needs to know.
var SocketsLocal = add(diag.Spec[platform.ListenerFacts]{
	ID: "sockets.local", Layer: catalog.Transport, Timeout: 2 * time.Second, Start: diag.OnTrouble,
	After: []diag.Node{TCPConnect, RoutesTarget, LinksRead}, Again: true,
	Same: func(_, _ platform.ListenerFacts) bool { return true }, // queues move
	Probe: func(ctx context.Context, e *diag.Env) (platform.ListenerFacts, error) {
		attempts, err := TCPConnect.Need(e)
		if err != nil {
			return platform.ListenerFacts{}, err
		}
		routes, _ := RoutesTarget.Of(e.View)
		links, _ := LinksRead.Of(e.View)
		if !slices.ContainsFunc(attempts, func(a Attempts) bool { return isLocal(routes, a.Addr()) || Has(links, a.Addr()) }) {
			return platform.ListenerFacts{}, diag.Skip("far-target")
		}
		return e.Host.Sockets.Listeners(ctx, platform.ListenersAsk{Ports: e.Target.Ports, Seq: e.Reading().Seq})
	},
	Unclear: []string{"none", "datagrams", "full"},
	Tell: func(f platform.ListenerFacts) (string, diag.Args) {
		var at []string
		for _, l := range f.Listeners {
			if l.Full() {
				return "full", diag.Args{"address": l.At.String(), "n": l.Queue}
			}
			at = append(at, l.At.String())
		}
		if len(at) == 0 && len(f.Receivers) > 0 {
			return "datagrams", diag.Args{"programs": receiving(f.Receivers)}
		}
		if len(at) == 0 {
			return "none", nil
		}
		return "some", diag.Args{"addresses": at}
	},
})

// receiving names those who take datagrams, else where.
func receiving(all []platform.Receiver) (names []string) {
	for _, r := range all {
		name := r.At.String()
		if len(r.Owners) > 0 && r.Owners[0].Name != "" {
			name = r.Owners[0].Name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Has reports whether an address is one of the adapters' own. For a moment after
// it was set the routes may not say so yet.
func Has(links []platform.Link, a netip.Addr) bool {
	return slices.ContainsFunc(links, func(l platform.Link) bool {
		return slices.ContainsFunc(l.Addresses, func(x platform.Address) bool { return x.Prefix.Addr() == a })
	})
}
