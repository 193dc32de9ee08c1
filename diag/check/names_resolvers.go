package check

import (
	"context"
	"reflect"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// NamesResolvers reads which name servers this machine uses.
var NamesResolvers = add(diag.Spec[platform.Resolvers]{
	ID: "names.resolvers", Layer: catalog.Name, Timeout: 2 * time.Second, Again: true,
	Probe: func(ctx context.Context, e *diag.Env) (platform.Resolvers, error) {
		return e.Host.Names.Resolvers(ctx, e.Reading())
	},
	Same:    func(a, b platform.Resolvers) bool { return reflect.DeepEqual(a.Servers, b.Servers) },
	Unclear: []string{"none"},
	Tell: func(r platform.Resolvers) (string, diag.Args) {
		if len(r.Servers) == 0 {
			return "none", nil
		}
		var servers []string
		for _, s := range r.Servers {
			servers = append(servers, s.Addr.Addr().String())
		}
		return "servers", diag.Args{"servers": servers}
	},
})
