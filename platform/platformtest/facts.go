package platformtest

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"faultline/platform"
)

// facts holds what a host tells of itself to units, order and sense.
func facts(t *testing.T, h platform.Host) {
	t.Run("system", func(t *testing.T) {
		got, err := h.System.Describe(soon(t), platform.Reading{})
		served(t, err)
		if got.OS == "" || got.Arch == "" {
			t.Errorf("got %+v want a system and an architecture", got)
		}
	})
	t.Run("links", func(t *testing.T) { links(t, h) })
	t.Run("link counters", func(t *testing.T) { linkCounters(t, h) })
	t.Run("neighbors", func(t *testing.T) { neighbors(t, h) })
	t.Run("routes", func(t *testing.T) { routes(t, h) })
	t.Run("rules", func(t *testing.T) { rules(t, h) })
	t.Run("settings", func(t *testing.T) { settings(t, h) })
	t.Run("resolvers", func(t *testing.T) { resolvers(t, h) })
	t.Run("hosts", func(t *testing.T) {
		got, err := h.Names.Hosts(soon(t), platform.HostsAsk{Name: "no-such-name.platformtest.invalid"})
		served(t, err)
		if len(got.Addresses) != 0 {
			t.Errorf("got %v want no entry, and no error", got)
		}
	})
	t.Run("clock", func(t *testing.T) {
		got, err := h.Clock.Now(soon(t), platform.Reading{})
		served(t, err)
		if off := time.Since(got.Wall).Abs(); off > time.Hour {
			t.Errorf("got %v, which is %v off", got.Wall, off)
		}
	})
	t.Run("counters", func(t *testing.T) { counters(t, h) })
}

func links(t *testing.T, h platform.Host) {
	all, err := h.Links.All(soon(t), platform.Reading{})
	served(t, err)
	seen := make(map[int]bool)
	for _, l := range all {
		if l.Index <= 0 || l.Name == "" || l.Kind == "" || seen[l.Index] {
			t.Errorf("got link %+v want an index of its own, a name and a kind", l)
		}
		if !l.Up && l.Carrier != platform.Unknown {
			t.Errorf("got carrier %v of %s, which is down", l.Carrier, l.Name)
		}
		seen[l.Index] = true
		for _, a := range l.Addresses {
			linkAddress(t, l, a)
		}
	}
	again, err := h.Links.All(soon(t), platform.Reading{Seq: 1})
	served(t, err)
	if !slices.EqualFunc(all, again, func(a, b platform.Link) bool { return a.Index == b.Index }) {
		t.Errorf("got another order in the second reading: %v, then %v", all, again)
	}
}

func linkCounters(t *testing.T, h platform.Host) {
	first, err := h.Links.Counters(soon(t), platform.Reading{})
	served(t, err)
	later, err := h.Links.Counters(soon(t), platform.Reading{Seq: 1})
	served(t, err)
	for _, a := range first {
		if a.Link <= 0 || a.Name == "" || a.At.IsZero() || a.Speed < 0 || a.Shaped < 0 {
			t.Errorf("got counters %+v", a)
		}
		for _, b := range later {
			if a.Link == b.Link && (b.RxBytes < a.RxBytes || b.TxBytes < a.TxBytes || b.CarrierLost < a.CarrierLost || b.At.Before(a.At)) {
				t.Errorf("got %+v after %+v", b, a)
			}
		}
	}
}

func linkAddress(t *testing.T, l platform.Link, a platform.Address) {
	t.Helper()
	addr := a.Prefix.Addr()
	if !a.Prefix.IsValid() || addr.Is4In6() || addr.Zone() != "" {
		t.Errorf("got address %v on %s", a.Prefix, l.Name)
	}
	if a.LinkLocal != addr.IsLinkLocalUnicast() {
		t.Errorf("got link-local %v for %v", a.LinkLocal, addr)
	}
	if addr.IsLoopback() && l.Kind != platform.Loopback {
		t.Errorf("got %v on %s, which is %s", addr, l.Name, l.Kind)
	}
}

var neighborStates = []platform.NeighborState{platform.NeighborNone, platform.NeighborIncomplete, platform.NeighborReachable,
	platform.NeighborStale, platform.NeighborDelay, platform.NeighborProbe, platform.NeighborFailed,
	platform.NeighborPermanent, platform.NeighborNoARP}

func neighbors(t *testing.T, h platform.Host) {
	all, err := h.Neighbors.All(soon(t), platform.Reading{})
	served(t, err)
	for _, n := range all {
		if !n.Addr.IsValid() || n.Link <= 0 || !slices.Contains(neighborStates, n.State) || n.Confirmed != platform.Unknown {
			t.Errorf("got neighbor %+v", n)
		}
	}
}

func routes(t *testing.T, h platform.Host) {
	all, err := h.Routes.All(soon(t), platform.Reading{})
	served(t, err)
	for _, r := range all {
		if !r.Dst.IsValid() || r.Dst.Masked() != r.Dst || r.Kind == "" || r.Metric < 0 {
			t.Errorf("got route %+v", r)
		}
	}
	for _, s := range []string{"127.0.0.1", "::ffff:127.0.0.1"} {
		got, err := h.Routes.To(soon(t), platform.RouteAsk{Dst: netip.MustParseAddr(s)})
		served(t, err)
		if got.Kind != platform.Local || got.Gateway.IsValid() {
			t.Errorf("to %s: got %+v want a local route", s, got)
		}
	}
}

// rules come in the order of their priority, each family by itself.
func rules(t *testing.T, h platform.Host) {
	all, err := h.Routes.Rules(soon(t), platform.Reading{})
	served(t, err)
	last := map[string]int{}
	for _, r := range all {
		if r.Family != "ipv4" && r.Family != "ipv6" || r.Action == "" || r.Priority < last[r.Family] {
			t.Errorf("got rule %+v after priority %d", r, last[r.Family])
		}
		last[r.Family] = r.Priority
	}
}

func settings(t *testing.T, h platform.Host) {
	got, err := h.Settings.Read(soon(t), platform.Reading{})
	served(t, err)
	for _, l := range got.Links {
		if l.Link == "" || len(l.Values) == 0 {
			t.Errorf("got settings of an adapter %+v", l)
		}
	}
}

func resolvers(t *testing.T, h platform.Host) {
	got, err := h.Names.Resolvers(soon(t), platform.Reading{})
	served(t, err)
	if got.Ndots < 0 || got.Ndots > 15 {
		t.Errorf("got ndots %d", got.Ndots)
	}
	for _, r := range got.Servers {
		if !r.Addr.IsValid() || r.Addr.Port() == 0 {
			t.Errorf("got resolver %+v", r)
		}
	}
}

func counters(t *testing.T, h platform.Host) {
	first, err := h.Counters.Read(soon(t), platform.Reading{})
	served(t, err)
	second, err := h.Counters.Read(soon(t), platform.Reading{Seq: 1})
	served(t, err)
	if len(first.Values) == 0 || len(first.Values) != len(second.Values) {
		t.Errorf("got %d and %d counters", len(first.Values), len(second.Values))
	}
	for name, n := range first.Values {
		if second.Values[name] < n {
			t.Errorf("%s fell from %d to %d", name, n, second.Values[name])
		}
	}
}

// loopback: what this machine tells of itself.
func loopback(t *testing.T, h platform.Host) {
	p := newPeers(t)
	connections(t, h, p)
	sockets(t, h, p)
	packets(t, h, p)
	t.Run("name", func(t *testing.T) {
		got, err := h.Names.System(soon(t), platform.NameAsk{Name: "localhost"})
		served(t, err)
		if len(got.Addresses) == 0 || !got.Addresses[0].IsLoopback() {
			t.Errorf("got %+v want a loopback address", got)
		}
	})
}

// sockets: the listener of this test is seen, and nothing on a port without.
func sockets(t *testing.T, h platform.Host, p peers) {
	t.Run("listeners", func(t *testing.T) {
		got, err := h.Sockets.Listeners(soon(t), platform.ListenersAsk{Ports: []uint16{p.open.Port(), p.closed.Port()}})
		served(t, err)
		if len(got.Listeners) != 1 || got.Listeners[0].At != p.open || got.Listeners[0].Limit < 0 {
			t.Fatalf("got %+v want the listener on %v", got.Listeners, p.open)
		}
		if l := got.Listeners[0]; l.Accepts(p.open.Addr()) != platform.Yes || l.Full() {
			t.Errorf("got %+v want one that accepts", l)
		}
	})
	t.Run("receivers", func(t *testing.T) {
		got, err := h.Sockets.Listeners(soon(t), platform.ListenersAsk{Ports: []uint16{p.deaf.Port()}})
		served(t, err)
		if len(got.Receivers) != 1 || got.Receivers[0].At != p.deaf {
			t.Errorf("got %+v want the UDP socket on %v", got.Receivers, p.deaf)
		}
	})
	t.Run("ports", func(t *testing.T) {
		got, err := h.Sockets.Ports(soon(t), platform.PortsAsk{To: p.closed})
		served(t, err)
		if got.Low <= 0 || got.High < got.Low || got.High > 65535 || got.Toward > got.Taken {
			t.Errorf("got %+v want a range of ports", got)
		}
	})
	t.Run("files", func(t *testing.T) {
		got, err := h.Sockets.Files(soon(t), platform.Reading{})
		served(t, err)
		if got.Own <= 0 || got.OwnLimit < got.Own {
			t.Errorf("got %+v want some open, and fewer than the limit", got)
		}
	})
}

func connections(t *testing.T, h platform.Host, p peers) {
	t.Run("open", func(t *testing.T) {
		got, err := h.Dialer.TCP(soon(t), platform.DialAsk{To: p.open})
		served(t, err)
		if got.Ended != platform.DialOpen || got.Waited <= 0 || got.Waited > patience || got.Problem != nil {
			t.Errorf("got %+v want open", got)
		}
		if got.Local.IsValid() && !got.Local.Addr().IsLoopback() {
			t.Errorf("got local address %v", got.Local)
		}
	})
	t.Run("refused", func(t *testing.T) {
		got, err := h.Dialer.TCP(soon(t), platform.DialAsk{To: p.closed})
		served(t, err)
		if got.Ended != platform.DialRefused || got.ICMP != nil {
			t.Errorf("got %+v want refused", got)
		}
	})
	t.Run("no address", func(t *testing.T) {
		got, err := h.Dialer.TCP(soon(t), platform.DialAsk{})
		if err == nil && got.Ended != platform.DialLocal {
			t.Errorf("got %+v want an error, or a local end", got)
		}
	})
}

func packets(t *testing.T, h platform.Host, p peers) {
	t.Run("echo", func(t *testing.T) {
		for seq, size := range []int{0, 1, 64, 1400} {
			got, err := h.Echo.Send(soon(t), platform.EchoAsk{To: p.open.Addr(), Seq: seq, Size: size})
			served(t, err)
			if !got.Answered || got.ICMP != nil || got.Waited <= 0 {
				t.Errorf("%d bytes: got %+v want an answer", size, got)
			}
		}
	})
	t.Run("datagram to a closed port", func(t *testing.T) {
		got, err := h.Datagrams.Send(soon(t), platform.DatagramAsk{To: p.closed})
		if errors.Is(err, platform.ErrRefused) || errors.Is(err, platform.ErrUnreachablePort) {
			return // a system that has no error queue
		}
		served(t, err)
		if got.Answered || got.ICMP == nil || got.ICMP.From != p.closed.Addr() {
			t.Errorf("got %+v want port unreachable", got)
		}
	})
	t.Run("datagram answered", func(t *testing.T) {
		got, err := h.Datagrams.Send(soon(t), platform.DatagramAsk{To: p.echo})
		served(t, err)
		if !got.Answered || got.ICMP != nil {
			t.Errorf("got %+v want an answer", got)
		}
	})
}
