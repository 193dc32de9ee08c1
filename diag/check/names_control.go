package check

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Control is what a name server says when asked for the root zone: whether it
// answers anything at all.
type Control struct {
	Server netip.AddrPort
	Root   Answer
}

// NamesControl asks every name server for something that every name server
// knows. It tells a dead server from one that fails on one name.
var NamesControl = add(diag.Spec[[]Control]{
	ID: "names.control", Layer: catalog.Name, Timeout: 3 * time.Second, Start: diag.OnTrouble,
	Traffic: diag.LocalTraffic, After: []diag.Node{NamesResolvers},
	Claims: []catalog.Claim{catalog.ResolverAnswers},
	Probe: func(ctx context.Context, e *diag.Env) ([]Control, error) {
		conf, err := NamesResolvers.Need(e)
		if err != nil {
			return nil, err
		}
		servers := conf.Servers[:min(len(conf.Servers), mostServers)]
		out := make([]Control, len(servers))
		var all sync.WaitGroup
		for i, s := range servers {
			all.Go(func() {
				out[i] = Control{s.Addr, exchange(ctx, e, platform.DNSAsk{Server: s.Addr, Name: ".", Type: "SOA", Transport: "udp"})}
			})
		}
		all.Wait()
		return out, nil
	},
	Unclear: []string{"silent"},
	Tell: func(cs []Control) (string, diag.Args) {
		n := 0
		for _, c := range cs {
			if c.Root.Came() {
				n++
			}
		}
		if len(cs) == 0 {
			return "", nil
		} else if n == 0 {
			return "silent", diag.Args{"n": len(cs)}
		}
		return "answers", diag.Args{"n": n}
	},
})
