package rule_test

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"strings"
	"time"

	"faultline/diag/check"
	"faultline/platform"
)

// world is a computer and what lies around it, described rather than met: what
// its host answers follows from this alone.
type world struct {
	facts      platform.SystemFacts
	mechanisms []platform.Mechanism
	links      []platform.Link
	routes     []platform.Route
	wireless   []platform.Wireless
	resolvers  platform.Resolvers
	hosts      map[string]netip.Addr
	zones      map[netip.Addr]zone // by name server; one without a zone is silent
	machines   map[netip.Addr]machine
	proxies    platform.ProxyFacts
	log        []platform.LogEntry
	settings   *platform.SettingFacts // nil: not told
	noHTTPS    bool                   // no name server is reached over HTTPS
}

// zone is what a name server knows: addresses by name.
type zone map[string][]netip.Addr

// machine is one that is somewhere: by the adapter of that index, or, with 0,
// by any that is no tunnel.
type machine struct {
	by       int
	hops     int // 0: on the link
	deaf     bool
	drops    bool // what is not open is dropped, not refused
	services map[uint16]service
}

// service is what listens on a port.
type service struct {
	chain  []platform.Certificate // nil: no TLS
	trust  platform.Tri
	status int                  // of HTTP; 0: none
	proxy  *platform.ProxyReply // how a proxy answers CONNECT; status 200 lets through
	signed *platform.ProxyReply // how it answers one with the session's sign-in
}

// madeHost answers from a world.
type madeHost struct {
	platform.Host
	w *world
}

func hostOf(w *world) platform.Host {
	h := platform.Unsupported()
	m := &madeHost{h, w}
	h.System, h.Proxies, h.Clock, h.History, h.Logs, h.DNS, h.Dialer, h.Talker = m, m, m, m, m, m, m, m
	h.Links, h.Routes, h.Neighbors, h.Names, h.Echo, h.Datagrams, h.Sockets = madeLinks{m}, madeRoutes{m}, madeNeighbors{m}, madeNames{m}, madeEcho{m}, madeDatagrams{m}, madeSockets{h.Sockets}
	h.Settings = madeSettings{m}
	return h
}

// The interfaces of the port whose methods share a name with another's.
type (
	madeLinks     struct{ *madeHost }
	madeRoutes    struct{ *madeHost }
	madeNeighbors struct{ *madeHost }
	madeNames     struct{ *madeHost }
	madeEcho      struct{ *madeHost }
	madeDatagrams struct{ *madeHost }
	madeSockets   struct{ platform.Sockets }
	madeSettings  struct{ *madeHost }
)

// pause lets time pass; the tests run under a clock that is not the wall's.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return platform.AsProblem(ctx.Err())
	}
}

const (
	trip     = 4 * time.Millisecond
	patience = 3 * time.Second
)

func (m *madeHost) Describe(context.Context, platform.Reading) (platform.SystemFacts, error) {
	return m.w.facts, nil
}

func (m *madeHost) Mechanisms(context.Context, platform.Reading) ([]platform.Mechanism, error) {
	return m.w.mechanisms, nil
}

func (m *madeHost) For(context.Context, platform.ProxyAsk) (platform.ProxyFacts, error) {
	return m.w.proxies, nil
}

func (m *madeHost) Now(context.Context, platform.Reading) (platform.ClockFacts, error) {
	return platform.ClockFacts{Wall: time.Now().UTC(), Synced: platform.Yes, Source: "W32Time"}, nil
}

func (m *madeHost) Last(context.Context, platform.HistoryAsk) (platform.HistoryAnswer, error) {
	return platform.HistoryAnswer{}, nil
}

func (m *madeHost) Recent(context.Context, platform.Reading) (platform.LogFacts, error) {
	log := platform.LogFacts{Via: "event log", Window: 15 * time.Minute, Entries: slices.Clone(m.w.log)}
	for i := range log.Entries {
		log.Entries[i].At = time.Now().UTC().Add(-time.Minute)
	}
	return log, nil
}

func (m madeSettings) Read(context.Context, platform.Reading) (platform.SettingFacts, error) {
	if m.w.settings == nil {
		return platform.SettingFacts{}, platform.ErrUnsupported
	}
	return *m.w.settings, nil
}

func (m madeLinks) All(context.Context, platform.Reading) ([]platform.Link, error) {
	return m.w.links, nil
}

func (m madeLinks) Counters(context.Context, platform.Reading) (all []platform.LinkCounters, _ error) {
	for _, l := range m.w.links {
		all = append(all, platform.LinkCounters{Link: l.Index, Name: l.Name, At: time.Now().UTC(), RxBytes: 1 << 20, TxBytes: 1 << 18, RxPackets: 2000, TxPackets: 1500, Speed: 1e9})
	}
	return all, nil
}

func (m madeLinks) Wireless(context.Context, platform.Reading) ([]platform.Wireless, error) {
	return m.w.wireless, nil
}

// ErrUnsupported is what Windows has no like of.
func (m madeRoutes) Rules(context.Context, platform.Reading) ([]platform.RouteRule, error) {
	return nil, platform.ErrUnsupported
}

func (m madeRoutes) All(context.Context, platform.Reading) ([]platform.Route, error) {
	return m.w.routes, nil
}

func (m madeRoutes) To(_ context.Context, q platform.RouteAsk) (platform.Route, error) {
	r, ok := m.w.route(q.Dst, q.Link)
	if !ok {
		return platform.Route{}, platform.ErrUnreachableNet
	}
	return r, nil
}

// route is the closest that covers an address, with the source that Windows
// would take.
func (w *world) route(dst netip.Addr, by int) (best platform.Route, ok bool) {
	for _, r := range w.routes {
		if r.Dst.Addr().Is4() != dst.Is4() || !r.Dst.Contains(dst) || r.Down || by != 0 && r.Link != by {
			continue
		}
		if !ok || r.Dst.Bits() > best.Dst.Bits() || r.Dst.Bits() == best.Dst.Bits() && r.Metric < best.Metric {
			best, ok = r, true
		}
	}
	for _, l := range w.links {
		for _, a := range l.Addresses {
			if l.Index == best.Link && !best.Source.IsValid() && a.Prefix.Addr().Is4() == dst.Is4() {
				best.Source = a.Prefix.Addr()
			}
		}
	}
	return best, ok
}

// meets is the machine that packets for an address come to.
func (w *world) meets(dst netip.Addr) (machine, platform.Route, bool) {
	r, ok := w.route(dst, 0)
	m, there := w.machines[dst]
	i := slices.IndexFunc(w.links, func(l platform.Link) bool { return l.Index == r.Link })
	if !ok || !there || i < 0 || !w.links[i].Up || w.links[i].Carrier == platform.No {
		return machine{}, r, false
	}
	tunnel := w.links[i].Kind == platform.Tunnel || w.links[i].Kind == platform.PPP
	return m, r, m.by == r.Link || m.by == 0 && !tunnel
}

func (m madeNeighbors) Claimants(context.Context, platform.ClaimAsk) (platform.Claimants, error) {
	return platform.Claimants{}, platform.ErrUnsupported
}

func (m madeNeighbors) All(context.Context, platform.Reading) ([]platform.Neighbor, error) {
	return nil, nil
}

func (m madeNeighbors) Resolve(ctx context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	n := platform.Neighbor{Addr: q.Addr, Link: q.Link, State: platform.NeighborFailed, Confirmed: platform.No, Waited: patience}
	if mach, _, there := m.w.meets(q.Addr); there && mach.hops == 0 {
		n = platform.Neighbor{Addr: q.Addr, Link: q.Link, MAC: "02:00:5e:10:00:01", State: platform.NeighborReachable, Confirmed: platform.Yes, Waited: trip}
	}
	return n, pause(ctx, n.Waited)
}

func (m madeNames) Resolvers(context.Context, platform.Reading) (platform.Resolvers, error) {
	return m.w.resolvers, nil
}

func (m madeNames) Hosts(_ context.Context, q platform.HostsAsk) (platform.HostsAnswer, error) {
	a := platform.HostsAnswer{Path: `C:\Windows\System32\drivers\etc\hosts`}
	if addr, there := m.w.hosts[q.Name]; there {
		a.Addresses = []netip.Addr{addr}
	}
	return a, nil
}

// System asks as the DNS Client service does: the hosts file, then the servers of
// the rule that the name falls under, else those of the adapters.
func (m madeNames) System(ctx context.Context, q platform.NameAsk) (platform.NameAnswer, error) {
	name := strings.TrimSuffix(q.Name, ".")
	a := platform.NameAnswer{Via: "GetAddrInfoExW", Waited: trip}
	if addr, there := m.w.hosts[name]; there {
		a.Addresses = []netip.Addr{addr}
		return a, nil
	}
	silent := true
	for _, s := range m.w.asked(name) {
		if m.w.noHTTPS && s.Encrypted == platform.EncryptionRequired {
			continue
		}
		if z, heard := m.w.zoneOf(s.Addr.Addr()); heard && a.Addresses == nil {
			a.Addresses, silent = z[name], false
		}
	}
	switch {
	case silent:
		a.Waited = 11 * time.Second // five rounds of questions
		return a, cmp.Or(pause(ctx, a.Waited), error(platform.ErrTimeout))
	case len(a.Addresses) == 0:
		return a, cmp.Or(pause(ctx, a.Waited), error(platform.ErrNotFound))
	}
	return a, pause(ctx, a.Waited)
}

// asked are the servers that the system asks for a name: a rule's in place of
// the adapters'.
func (w *world) asked(name string) (ruled []platform.Resolver) {
	for _, r := range w.resolvers.Upstream {
		if slices.ContainsFunc(r.Domains, func(d string) bool { return check.Within(name, d) }) {
			ruled = append(ruled, r)
		}
	}
	if len(ruled) > 0 {
		return ruled
	}
	return w.resolvers.Servers
}

func (w *world) zoneOf(server netip.Addr) (zone, bool) {
	if _, _, there := w.meets(server); !there {
		return nil, false
	}
	z, heard := w.zones[server]
	return z, heard
}
