package selftest

import (
	"context"
	"net"
	"net/netip"
	"time"

	"faultline/platform"
)

// nobody is an address that is never given to anybody (RFC 5737): a connection
// to it meets silence, or what the network makes of silence.
var nobody = netip.MustParseAddr("192.0.2.1")

// silence is how long the system itself is given to end an attempt that nobody
// answers.
const silence = 30 * time.Second

// surroundings are what later steps ask about.
type surroundings struct {
	gateway platform.NeighborAsk
	server  netip.AddrPort
}

func reading() platform.Reading { return platform.Reading{} }

// local asks what this machine is, and what of it is set.
func (r *run) local(ctx context.Context) {
	_, _ = step(ctx, r, "system", "system.describe", patience, r.host.System.Describe, reading())
	_, _ = step(ctx, r, "links", "links.all", patience, r.host.Links.All, reading())
	_, _ = step(ctx, r, "link-counters", "links.counters", patience, r.host.Links.Counters, reading())
	_, _ = step(ctx, r, "wireless", "links.wireless", patience, r.host.Links.Wireless, reading())
	_, _ = step(ctx, r, "settings", "settings.read", patience, r.host.Settings.Read, reading())
	_, _ = step(ctx, r, "clock", "clock.now", patience, r.host.Clock.Now, reading())
	_, _ = step(ctx, r, "counters", "counters.read", patience, r.host.Counters.Read, reading())
	_, _ = step(ctx, r, "logs", "logs.recent", patience, r.host.Logs.Recent, reading())
}

// network asks for the ways out, and finds the gateway.
func (r *run) network(ctx context.Context) {
	routes, _ := step(ctx, r, "routes", "routes.all", patience, r.host.Routes.All, reading())
	for _, route := range routes {
		better := route.Gateway.Is4() && !r.near.gateway.Addr.Is4() || !r.near.gateway.Addr.IsValid()
		if route.Dst.Bits() == 0 && route.Gateway.IsValid() && better {
			r.near.gateway = platform.NeighborAsk{Addr: route.Gateway, Link: route.Link}
		}
	}
	_, _ = step(ctx, r, "route-out", "routes.to", patience, r.host.Routes.To, platform.RouteAsk{Dst: nobody})
	_, _ = step(ctx, r, "route-here", "routes.to", patience, r.host.Routes.To, platform.RouteAsk{Dst: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
	_, _ = step(ctx, r, "route-rules", "routes.rules", patience, r.host.Routes.Rules, reading())
}

// names asks how names are found, and which proxy is set.
func (r *run) names(ctx context.Context) {
	resolvers, _ := step(ctx, r, "resolvers", "names.resolvers", patience, r.host.Names.Resolvers, reading())
	if len(resolvers.Servers) > 0 {
		r.near.server = resolvers.Servers[0].Addr
	}
	_, _ = step(ctx, r, "hosts", "names.hosts", patience, r.host.Names.Hosts, platform.HostsAsk{Name: "localhost"})
	_, _ = step(ctx, r, "name-here", "names.system", patience, r.host.Names.System, platform.NameAsk{Name: "localhost"})
	_, _ = step(ctx, r, "name-unknown", "names.system", patience, r.host.Names.System, platform.NameAsk{Name: "selftest.invalid"})
	_, _ = step(ctx, r, "proxies", "proxies.for", patience, r.host.Proxies.For, platform.ProxyAsk{Scheme: "https", Host: "example.com", Port: 443})
	for _, transport := range []string{"udp", "tcp"} {
		if id := "dns-" + transport; r.near.server.IsValid() {
			q := platform.DNSAsk{Server: r.near.server, Name: "example.com.", Type: "A", Transport: transport}
			_, _ = step(ctx, r, id, "dns.exchange", patience, r.host.DNS.Exchange, q)
		} else {
			r.skip(id, "dns.exchange")
		}
	}
}

// nearby asks the gateway, as far as this process may.
func (r *run) nearby(ctx context.Context) {
	_, _ = step(ctx, r, "neighbors", "neighbors.all", patience, r.host.Neighbors.All, reading())
	gateway := r.near.gateway
	if !gateway.Addr.IsValid() {
		r.skip("gateway", "neighbors.resolve")
		r.skip("gateway-claims", "neighbors.claimants")
		r.skip("gateway-echo", "echo.send")
		return
	}
	_, _ = step(ctx, r, "gateway", "neighbors.resolve", patience, r.host.Neighbors.Resolve, gateway)
	_, _ = step(ctx, r, "gateway-claims", "neighbors.claimants", patience, r.host.Neighbors.Claimants, platform.ClaimAsk{Addr: gateway.Addr, Link: gateway.Link})
	_, _ = step(ctx, r, "gateway-echo", "echo.send", patience, r.host.Echo.Send, platform.EchoAsk{To: gateway.Addr})
	_, _ = step(ctx, r, "full-size", "echo.send", patience, r.host.Echo.Send, platform.EchoAsk{To: gateway.Addr, Size: 1472, DF: true, Seq: 1})
	_, _ = step(ctx, r, "too-large", "echo.send", patience, r.host.Echo.Send, platform.EchoAsk{To: gateway.Addr, Size: 8000, DF: true, Seq: 2})
	_, _ = step(ctx, r, "first-hop", "echo.send", patience, r.host.Echo.Send, platform.EchoAsk{To: nobody, TTL: 1})
}

// machine asks for the sockets and filters of this machine.
func (r *run) machine(ctx context.Context) {
	_, _ = step(ctx, r, "listeners", "sockets.listeners", patience, r.host.Sockets.Listeners, platform.ListenersAsk{Ports: []uint16{135, 445, 5040}})
	_, _ = step(ctx, r, "ports", "sockets.ports", patience, r.host.Sockets.Ports, platform.PortsAsk{To: netip.AddrPortFrom(nobody, 443)})
	_, _ = step(ctx, r, "files", "sockets.files", patience, r.host.Sockets.Files, reading())
	_, _ = step(ctx, r, "firewall", "firewall.rules", patience, r.host.Firewall.Rules, platform.RuleAsk{})
	_, _ = step(ctx, r, "resets", "resets.watch", patience, r.resets, platform.ResetAsk{Limit: 1})
}

// resets arms the watch and ends it.
func (r *run) resets(ctx context.Context, q platform.ResetAsk) (platform.ResetLog, error) {
	tap, err := r.host.Resets.Watch(ctx, q)
	if err != nil {
		return platform.ResetLog{}, err
	}
	return tap.Stop(ctx)
}

// connections opens connections on this machine, and one to nobody: how they
// end, by which number and after which time, differs from build to build.
func (r *run) connections(ctx context.Context) {
	open, closed, release, err := loopback()
	if err != nil {
		r.skip("open", "dialer.tcp")
		r.skip("refused", "dialer.tcp")
	} else {
		defer release()
		_, _ = step(ctx, r, "open", "dialer.tcp", patience, r.host.Dialer.TCP, platform.DialAsk{To: open})
		_, _ = step(ctx, r, "talk", "talker.talk", patience, r.host.Talker.Talk, platform.TalkAsk{To: open, Send: []byte("x")})
		_, _ = step(ctx, r, "refused", "dialer.tcp", patience, r.host.Dialer.TCP, platform.DialAsk{To: closed})
		_, _ = step(ctx, r, "refused-twice", "dialer.tcp", patience, r.host.Dialer.TCP, platform.DialAsk{To: closed, SYNs: 2, N: 1})
		_, _ = step(ctx, r, "datagram", "datagrams.send", patience, r.host.Datagrams.Send, platform.DatagramAsk{To: closed})
	}
	_, _ = step(ctx, r, "echo-here", "echo.send", patience, r.host.Echo.Send, platform.EchoAsk{To: netip.AddrFrom4([4]byte{127, 0, 0, 1})})
	_, _ = step(ctx, r, "silent", "dialer.tcp", silence, r.host.Dialer.TCP, platform.DialAsk{To: netip.AddrPortFrom(nobody, 443), SYNs: 9})
}

// loopback listens on one port of this machine, and finds another on which
// nobody does.
func loopback() (open, closed netip.AddrPort, release func(), err error) {
	var all [2]net.Listener
	var at [2]netip.AddrPort
	for i := range all {
		if all[i], err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
			return open, closed, nil, err
		}
		defer func() {
			if err != nil {
				_ = all[i].Close()
			}
		}()
		if at[i], err = netip.ParseAddrPort(all[i].Addr().String()); err != nil {
			return open, closed, nil, err
		}
	}
	if err := all[1].Close(); err != nil {
		return open, closed, nil, err
	}
	go answer(all[0])
	return at[0], at[1], func() { _ = all[0].Close() }, nil
}

// answer takes connections, says one word and hangs up, until the listener is
// closed.
func answer(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte("220 selftest\r\n"))
		_ = c.Close()
	}
}
