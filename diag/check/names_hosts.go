package check

import (
	"context"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// NamesHosts looks the name up in the hosts file.
var NamesHosts = add(diag.Spec[platform.HostsAnswer]{
	ID: "names.hosts", Layer: catalog.Name, Timeout: 2 * time.Second,
	Probe: func(ctx context.Context, e *diag.Env) (platform.HostsAnswer, error) {
		if e.Target.Addr.IsValid() {
			return platform.HostsAnswer{}, diag.Skip("literal")
		}
		return e.Host.Names.Hosts(ctx, platform.HostsAsk{Name: e.Target.Host})
	},
	Tell: func(h platform.HostsAnswer) (string, diag.Args) {
		if len(h.Addresses) == 0 {
			return "noentry", diag.Args{"path": h.Path}
		}
		return "entry", diag.Args{"address": h.Addresses[0].String(), "path": h.Path}
	},
})
