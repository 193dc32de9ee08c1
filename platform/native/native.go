// Package native assembles the live host of the system that the program was
// built for: the system's own package, and platform/portable for what every
// system serves alike.
//
// It holds no mechanism of its own.
package native

import (
	"context"
	"os"
	"slices"

	"faultline/platform"
)

// methods are those of the port, as the call log names them.
var methods = []string{
	"system.describe",
	"links.all", "links.counters", "links.wireless", "neighbors.all", "neighbors.resolve", "neighbors.claimants", "relays.try",
	"routes.all", "routes.to", "routes.rules", "settings.read",
	"names.resolvers", "names.hosts", "names.system", "proxies.for", "dns.exchange",
	"dialer.tcp", "echo.send", "datagrams.send", "talker.talk",
	"sockets.listeners", "sockets.ports", "sockets.files",
	"clock.now", "counters.read", "logs.recent", "history.last",
	"firewall.rules", "firewall.watchflow", "resets.watch", "packets.capture",
}

// portableRows tell how platform/portable serves what it serves here.
var portableRows = []platform.Mechanism{
	{Method: "dns.exchange", Via: "UDP and TCP sockets, own codec", State: platform.MechanismWorks},
	{Method: "talker.talk", Via: "TCP socket, crypto/tls", State: platform.MechanismWorks},
	{Method: "history.last", Via: "a file of this program", State: platform.MechanismWorks},
}

// Host returns the live host.
func Host() platform.Host {
	h := own()
	h.System = system{System: h.System, rows: append(portableRows, ownRows...)}
	return h
}

// Getenv is the environment. Where LANG is not set it is the language that the
// system shows this user, on systems that keep it elsewhere.
func Getenv(name string) string {
	if value := os.Getenv(name); value != "" || name != "LANG" {
		return value
	}
	return language()
}

// system completes the mechanisms that the system's own package tells: every
// method of the port has a row.
type system struct {
	platform.System
	rows []platform.Mechanism
}

// Mechanisms returns one row for each method of the port, in its order.
func (s system) Mechanisms(ctx context.Context, q platform.Reading) ([]platform.Mechanism, error) {
	told, err := s.System.Mechanisms(ctx, q)
	if err != nil {
		return nil, err
	}
	known := make(map[string]platform.Mechanism)
	for _, m := range slices.Concat(s.rows, told) {
		known[m.Method] = m
	}
	all := make([]platform.Mechanism, 0, len(methods))
	for _, method := range methods {
		m, ok := known[method]
		if !ok {
			m = platform.Mechanism{Method: method, State: platform.MechanismUnsupported}
		}
		all = append(all, m)
	}
	return all, nil
}
