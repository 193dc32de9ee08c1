package linux

import (
	"net/netip"
	"strconv"
	"strings"

	"faultline/platform"
)

const (
	dnsPort    = 53
	maxServers = 32
	maxSearch  = 32 // glibc has had no limit since 2.26
	maxNdots   = 15 // RES_MAXNDOTS, resolv/res_init.c
	maxOptions = 16
	maxOption  = 32
)

// decodeResolv reads resolv.conf(5). Servers beyond the third are kept,
// although glibc asks three (MAXNS). No server at all is an empty list, where
// glibc asks this machine. As for glibc, a keyword begins its line and a value ends
// at a blank (resolv/res_init.c): with the line ends of other systems the return
// is part of the address, and the server is none.
func decodeResolv(b []byte, from string) platform.Resolvers {
	r := platform.Resolvers{Ndots: 1, Source: from}
	for line := range strings.Lines(string(b)) {
		f := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == '\n' })
		if len(f) > 1 && strings.HasPrefix(line, f[0]) {
			setResolv(&r, f[0], f[1:])
		}
	}
	return r
}

func setResolv(r *platform.Resolvers, key string, values []string) {
	switch key {
	case "nameserver":
		if a, err := netip.ParseAddr(values[0]); err == nil && len(r.Servers) < maxServers {
			r.Servers = append(r.Servers, platform.Resolver{Addr: netip.AddrPortFrom(a.Unmap(), dnsPort), From: r.Source})
		}
	case "domain": // the later of domain and search counts
		r.Search = values[:1]
	case "search":
		r.Search = values[:min(len(values), maxSearch)]
	case "options":
		for _, o := range values {
			o = strings.TrimSpace(o)
			if n, found := strings.CutPrefix(o, "ndots:"); found {
				setNdots(r, n)
			} else if len(r.Options) < maxOptions {
				r.Options = append(r.Options, o[:min(len(o), maxOption)])
			}
		}
	}
}

func setNdots(r *platform.Resolvers, s string) {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		r.Ndots = min(n, maxNdots)
	}
}

// isStub says that programs are sent to resolvers of this machine itself.
func isStub(servers []platform.Resolver) bool {
	for _, s := range servers {
		if !s.Addr.Addr().IsLoopback() {
			return false
		}
	}
	return len(servers) > 0
}
