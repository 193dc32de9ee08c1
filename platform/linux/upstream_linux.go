package linux

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"

	"faultline/platform"
)

const (
	nscdPath = "/run/nscd/socket"
	// What systemd-resolved asks: all of it in one file, each adapter's own as
	// its manager or networkd told it.
	resolvedPath = "/run/systemd/resolve/resolv.conf"
	resolvedDir  = "/run/systemd/resolve/netif"
	networkdDir  = "/run/systemd/netif/links"

	maxLinks   = 64
	maxSnippet = 32
)

// forwarderFiles are where dnsmasq and unbound are configured, and where
// programs that set up networks write the servers that a forwarder should ask.
var (
	dnsmasqFiles = []string{"/etc/dnsmasq.conf", "/etc/dnsmasq.d/*", "/etc/NetworkManager/dnsmasq.d/*"}
	unboundFiles = []string{"/etc/unbound/unbound.conf", "/etc/unbound/unbound.conf.d/*.conf"}
	serverFiles  = []string{"/run/dnsmasq/resolv.conf", "/run/NetworkManager/no-stub-resolv.conf"}
)

// upstream returns whom the stub at an address asks, as far as files tell.
func upstream(stub netip.Addr) []platform.Resolver {
	if stub == stubAddr || stub == proxyAddr {
		return resolvedUpstream()
	}
	for _, tell := range []func() []platform.Resolver{configured, listed, resolvedUpstream} {
		if all := distinct(tell()); len(all) > 0 {
			return all
		}
	}
	return nil
}

// resolvedUpstream puts the adapters' servers first, whose domains are known.
func resolvedUpstream() []platform.Resolver {
	var all []platform.Resolver
	for _, dir := range []string{resolvedDir, networkdDir} {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, file := range files[:min(len(files), maxLinks)] {
			link, err := strconv.Atoi(filepath.Base(file))
			if b, unread := readFile(file); err == nil && unread == nil {
				all = append(all, decodeLinkServers(b, link, "systemd")...)
			}
		}
	}
	if b, err := readFile(resolvedPath); err == nil {
		all = append(all, decodeResolv(b, "systemd-resolved").Servers...)
	}
	return distinct(all)
}

// configured reads the configuration of dnsmasq, else of unbound.
func configured() []platform.Resolver {
	var f forwarding
	snippets(dnsmasqFiles, f.decodeDnsmasq)
	for _, file := range f.files {
		if b, err := readFile(file); err == nil && !f.none {
			f.servers = append(f.servers, decodeResolv(b, "dnsmasq").Servers...)
		}
	}
	if len(f.servers) == 0 {
		snippets(unboundFiles, f.decodeUnbound)
	}
	return f.servers
}

func snippets(patterns []string, decode func([]byte)) {
	for _, pattern := range patterns {
		files, _ := filepath.Glob(pattern)
		slices.Sort(files)
		for _, file := range files[:min(len(files), maxSnippet)] {
			if b, err := readFile(file); err == nil {
				decode(b)
			}
		}
	}
}

func listed() (all []platform.Resolver) {
	for _, file := range serverFiles {
		if b, err := readFile(file); err == nil {
			all = append(all, decodeResolv(b, filepath.Base(filepath.Dir(file))).Servers...)
		}
	}
	return all
}
