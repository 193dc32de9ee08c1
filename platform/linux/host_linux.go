package linux

import "faultline/platform"

// New returns the live host. DNS and Talker are not set: they are served by
// platform/portable.
func New() platform.Host {
	h := platform.Unsupported()
	h.System = system{}
	h.Links = links{}
	h.Neighbors = neighbors{}
	h.Relays = relays{}
	h.Logs = logs{}
	h.Routes = routes{}
	h.Names = names{}
	h.Proxies = proxies{}
	h.Dialer = dialer{}
	h.Echo = echo{}
	h.Datagrams = datagrams{}
	h.Clock = clock{}
	h.Counters = counters{}
	h.Settings = settings{}
	h.Firewall = firewall{}
	h.Sockets = sockets{}
	return h
}
