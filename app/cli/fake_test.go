package cli

import (
	"context"
	"net/netip"
	"os"
	"time"

	"faultline/platform"
)

// A story is a made-up network of one computer, one gateway, one name server
// and one target. What it does not say is unsupported.
type story struct {
	dial platform.DialEnd
	hang bool // connection attempts never end by themselves
}

var stories = map[string]story{
	"healthy": {dial: platform.DialOpen},
	"refused": {dial: platform.DialRefused},
	"hanging": {hang: true},
}

var (
	here    = netip.MustParseAddr("10.0.0.2")
	gateway = netip.MustParseAddr("10.0.0.1")
	there   = netip.MustParseAddr("10.0.3.7")
	began   = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
)

func (s story) host() platform.Host {
	h := platform.Unsupported()
	h.System, h.Links, h.Routes, h.Neighbors = s, fakeLinks{h.Links}, fakeRoutes{h.Routes}, fakeNeighbors{h.Neighbors}
	h.Names, h.DNS, h.Dialer, h.Echo, h.Talker, h.Clock = s, s, s, fakeEcho{}, s, s
	h.Firewall = s
	return h
}

// Rules: the administrator of the healthy machine reads them.
func (s story) Rules(context.Context, platform.RuleAsk) (platform.RuleSet, error) {
	if s.dial != platform.DialOpen {
		return platform.RuleSet{}, platform.ErrPermission
	}
	allow := platform.FilterRule{Handle: 4, Verdict: platform.RuleAccept, Text: "tcp dport 443 accept",
		Matches: []platform.RuleMatch{{Field: platform.MatchDport, Values: []string{"443"}}}}
	return platform.RuleSet{UID: 1000, Via: []string{"nftables"}, Chains: []platform.RuleChain{
		{Store: platform.NFTables, Family: "inet", Table: "filter", Name: "out", Hook: "output", Policy: "drop", Rules: []platform.FilterRule{allow}},
		{Store: platform.NFTables, Family: "inet", Table: "mullvad", Name: "input", Hook: "input", Policy: "accept"},
	}}, nil
}

func (story) WatchFlow(context.Context, platform.FlowAsk) (platform.Tap[platform.RuleHits], error) {
	return nil, platform.ErrUnsupported
}

func (story) Describe(context.Context, platform.Reading) (platform.SystemFacts, error) {
	return platform.SystemFacts{OS: "linux", Arch: "amd64", Release: "Debian GNU/Linux 12"}, nil
}

func (story) Mechanisms(context.Context, platform.Reading) ([]platform.Mechanism, error) {
	return []platform.Mechanism{
		{Method: "dialer.tcp", Via: "connect(2)", State: platform.MechanismWorks},
		{Method: "links.all", Via: "rtnetlink", State: platform.MechanismWorks},
		{Method: "echo.send", Via: "ping socket", State: platform.MechanismDenied, Needs: "a group in ping_group_range"},
	}, nil
}

// fakeLinks and fakeNeighbors leave out what takes rights or has no counters.
type fakeLinks struct{ platform.Links }

func (fakeLinks) All(context.Context, platform.Reading) ([]platform.Link, error) {
	return []platform.Link{
		{Index: 1, Name: "lo", Kind: platform.Loopback, Up: true, MTU: 65536},
		{Index: 2, Name: "eth0", Kind: platform.Ethernet, Up: true, Carrier: platform.Yes, MTU: 1500,
			Addresses: []platform.Address{{Prefix: netip.PrefixFrom(here, 24)}}},
	}, nil
}

type fakeRoutes struct{ platform.Routes }

func (fakeRoutes) All(context.Context, platform.Reading) ([]platform.Route, error) {
	return []platform.Route{
		{Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: gateway, Link: 2, LinkName: "eth0", Source: here, Kind: platform.Unicast, Table: 254},
		{Dst: netip.PrefixFrom(here, 24).Masked(), Link: 2, LinkName: "eth0", Source: here, Kind: platform.Unicast, Table: 254},
	}, nil
}

func (fakeRoutes) To(_ context.Context, q platform.RouteAsk) (platform.Route, error) {
	if !q.Dst.Is4() {
		return platform.Route{}, platform.ErrUnreachableNet
	}
	r := platform.Route{Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: gateway, Link: 2, LinkName: "eth0", Source: here, Kind: platform.Unicast, Table: 254}
	if netip.PrefixFrom(here, 24).Masked().Contains(q.Dst) {
		r.Dst, r.Gateway = netip.PrefixFrom(here, 24).Masked(), netip.Addr{}
	}
	return r, nil
}

func (fakeRoutes) Rules(context.Context, platform.Reading) ([]platform.RouteRule, error) {
	return []platform.RouteRule{{Family: "ipv4", Priority: 32766, Action: platform.RuleLookup, Table: 254}}, nil
}

type fakeNeighbors struct{ platform.Neighbors }

func (fakeNeighbors) All(context.Context, platform.Reading) ([]platform.Neighbor, error) {
	return []platform.Neighbor{{Addr: gateway, Link: 2, MAC: "02:00:00:00:00:01", State: platform.NeighborReachable, Confirmed: platform.Yes}}, nil
}

func (fakeNeighbors) Resolve(_ context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	return platform.Neighbor{Addr: q.Addr, Link: q.Link, MAC: "02:00:00:00:00:01", State: platform.NeighborReachable, Confirmed: platform.Yes}, nil
}

func (story) Resolvers(context.Context, platform.Reading) (platform.Resolvers, error) {
	return platform.Resolvers{Servers: []platform.Resolver{{Addr: netip.AddrPortFrom(gateway, 53), From: "resolv.conf"}}, Order: []string{"files", "dns"}}, nil
}

func (story) Hosts(context.Context, platform.HostsAsk) (platform.HostsAnswer, error) {
	return platform.HostsAnswer{Path: "/etc/hosts"}, nil
}

func (story) System(_ context.Context, q platform.NameAsk) (platform.NameAnswer, error) {
	if q.Name != "intranet.test" {
		return platform.NameAnswer{}, platform.ErrNotFound
	}
	return platform.NameAnswer{Addresses: []netip.Addr{there}, Via: "getent ahosts"}, nil
}

func (story) Exchange(_ context.Context, q platform.DNSAsk) (platform.DNSAnswer, error) {
	a := platform.DNSAnswer{RCode: "NOERROR", Recursion: true, Sent: 1, Waited: time.Millisecond, Bytes: 60}
	if q.Name != "intranet.test" && q.Name != "intranet.test." && q.Name != "." {
		a.RCode = "NXDOMAIN"
	} else if q.Type == "A" {
		a.Records = []platform.DNSRecord{{Name: q.Name, Type: "A", TTL: 60, Addr: there}}
	}
	return a, nil
}

func (s story) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	if s.hang {
		if name := os.Getenv("BEGUN"); name != "" {
			os.WriteFile(name, nil, 0o600) // a script waits for it
		}
		<-ctx.Done()
		return platform.Dial{Ended: platform.DialSilent, Sent: 1, Waited: time.Second}, nil
	}
	return platform.Dial{Ended: s.dial, Local: netip.AddrPortFrom(here, 40000), Sent: 1, Waited: 2 * time.Millisecond}, nil
}

type fakeEcho struct{}

func (fakeEcho) Send(context.Context, platform.EchoAsk) (platform.EchoReply, error) {
	return platform.EchoReply{Answered: true, TTL: 62, Waited: 2 * time.Millisecond}, nil
}

func (story) Talk(_ context.Context, q platform.TalkAsk) (platform.Talk, error) {
	t := platform.Talk{Stages: []platform.Stage{{Name: platform.StageConnect, Waited: 2 * time.Millisecond}}, End: platform.EndLocal, Sent: 60, Received: 200}
	if q.HTTP != nil {
		t.Stages = append(t.Stages, platform.Stage{Name: platform.StageRequest}, platform.Stage{Name: platform.StageReply, Waited: 3 * time.Millisecond})
		t.HTTP = &platform.HTTPFacts{Status: 200, Proto: "HTTP/1.1", Date: began, Length: 100}
		t.First = []byte("HTTP/1.1 200 OK")
	}
	return t, nil
}

func (story) Now(context.Context, platform.Reading) (platform.ClockFacts, error) {
	return platform.ClockFacts{Wall: began, Synced: platform.Yes, Source: "adjtimex"}, nil
}
