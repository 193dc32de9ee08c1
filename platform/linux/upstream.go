package linux

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

const maxDomains = 32 // of one server

// Where systemd-resolved listens (systemd-resolved.service(8)).
var (
	stubAddr  = netip.AddrFrom4([4]byte{127, 0, 0, 53})
	proxyAddr = netip.AddrFrom4([4]byte{127, 0, 0, 54})
)

// decodeLinkServers reads what systemd keeps of one adapter's name servers:
// DNS= and SERVERS= list them, DOMAINS= and ROUTE_DOMAINS= the domains for which
// they are asked first (systemd.network(5); the files are lines of KEY=value). An
// adapter all of whose domains are for routing is asked for no other name, unless
// one of them is the root (systemd-resolved.service(8), protocols and routing).
func decodeLinkServers(b []byte, link int, from string) (all []platform.Resolver) {
	var domains []string
	searched := false
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		for _, v := range strings.Fields(value) {
			switch key {
			case "DNS", "SERVERS":
				v, _, _ = strings.Cut(v, "#") // the name that a certificate must have
				if a, ok := serverAt(v, ":"); ok && len(all) < maxServers {
					all = append(all, platform.Resolver{Addr: a, Link: link, From: from})
				}
			case "DOMAINS", "ROUTE_DOMAINS":
				d, routing := strings.CutPrefix(v, "~")
				domains = appendDomain(domains, d)
				searched = searched || !routing && key == "DOMAINS" || d == "."
			}
		}
	}
	for i := range all {
		all[i].Domains, all[i].Only = domains, len(domains) > 0 && !searched
	}
	return all
}

func appendDomain(domains []string, d string) []string {
	d = strings.ToLower(strings.Trim(d, "."))
	if d == "" || len(d) > maxName || len(domains) == maxDomains || slices.Contains(domains, d) {
		return domains
	}
	return append(domains, d)
}

// serverAt reads an address that a port may follow: after "#" as in dnsmasq(8),
// "@" as in unbound.conf(5), ":" as systemd writes it, with an IPv6 address in
// brackets.
func serverAt(s, sep string) (netip.AddrPort, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(a.Unmap(), dnsPort), true
	}
	if a, err := netip.ParseAddrPort(s); err == nil && sep == ":" {
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), a.Port() != 0
	}
	host, port, found := strings.Cut(s, sep)
	a, err := netip.ParseAddr(host)
	n, bad := strconv.ParseUint(port, 10, 16)
	if !found || err != nil || bad != nil || n == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), true
}

// forwarding is what the configuration of a forwarder says of its servers.
type forwarding struct {
	servers []platform.Resolver
	files   []string // with more of them, in the form of resolv.conf
	none    bool     // no file is read
}

// decodeDnsmasq reads dnsmasq(8)'s configuration: server=ADDRESS[#PORT], with
// /DOMAIN/ before it for one domain alone, resolv-file= and no-resolv.
func (f *forwarding) decodeDnsmasq(b []byte) {
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(uncommented(line), "=")
		switch key, value = strings.TrimSpace(key), strings.TrimSpace(value); key {
		case "server":
			f.server(value)
		case "resolv-file":
			if strings.HasPrefix(value, "/") && len(f.files) < maxServers {
				f.files = append(f.files, value)
			}
		case "no-resolv":
			f.none = true
		}
	}
}

func (f *forwarding) server(value string) {
	r := platform.Resolver{From: "dnsmasq"}
	if rest, found := strings.CutPrefix(value, "/"); found {
		i := strings.LastIndex(rest, "/")
		if i < 0 {
			return
		}
		for d := range strings.SplitSeq(rest[:i], "/") {
			r.Domains = appendDomain(r.Domains, d)
		}
		value, r.Only = rest[i+1:], len(r.Domains) > 0
	}
	value, _, _ = strings.Cut(value, "@") // by which adapter
	var ok bool
	if r.Addr, ok = serverAt(strings.TrimSpace(value), "#"); ok && len(f.servers) < maxServers {
		f.servers = append(f.servers, r)
	}
}

// decodeUnbound reads the addresses of unbound.conf(5)'s forward zones.
func (f *forwarding) decodeUnbound(b []byte) {
	zone := ""
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(uncommented(line), ":")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		switch key {
		case "forward-zone":
			zone = ""
		case "name":
			zone = value
		case "forward-addr":
			value, _, _ = strings.Cut(value, "#")
			if a, ok := serverAt(value, "@"); ok && len(f.servers) < maxServers {
				domains := appendDomain(nil, zone)
				f.servers = append(f.servers, platform.Resolver{Addr: a, From: "unbound", Domains: domains, Only: len(domains) > 0})
			}
		}
	}
}

// uncommented drops what follows a "#" that begins a word: within one it is part
// of an address.
func uncommented(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] <= ' ') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// distinct leaves out resolvers of this machine itself, and repetitions.
func distinct(all []platform.Resolver) (out []platform.Resolver) {
	for _, r := range all {
		same := func(o platform.Resolver) bool { return o.Addr == r.Addr }
		if i := slices.IndexFunc(out, same); i >= 0 {
			for _, d := range r.Domains {
				out[i].Domains = appendDomain(slices.Clip(out[i].Domains), d)
			}
		} else if !r.Addr.Addr().IsLoopback() && !r.Addr.Addr().IsUnspecified() && len(out) < maxServers {
			out = append(out, r)
		}
	}
	return out
}
