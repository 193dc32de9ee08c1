package windows

import (
	"net/netip"
	"slices"
	"testing"

	"faultline/platform"
)

func addrs(all ...string) (out []netip.Addr) {
	for _, s := range all {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func TestResolvers(t *testing.T) {
	all := []adapter{
		{index4: 5, index6: 5, status: operUp, dns: addrs("192.0.2.53", "fe80::53"), suffix: "home.example"},
		{index4: 9, status: operUp, dns: addrs("10.0.0.53", "192.0.2.53")},
		{index4: 7, status: 2, dns: addrs("198.51.100.53")},
	}
	on := map[onIP]ipInterface{{5, false}: {metric: 25}, {5, true}: {metric: 30}, {9, false}: {metric: 1}}
	for _, c := range []struct {
		name            string
		set             nameSettings
		servers, search []string
		upstream        []platform.Resolver
	}{
		{"by metric, no adapter that is down", nameSettings{}, []string{"10.0.0.53:53", "192.0.2.53:53", "[fe80::53%5]:53"}, []string{"home.example"}, nil},
		{"a list of suffixes takes the place of all", nameSettings{search: []string{"corp.example.", ""}, domain: "x.example"},
			[]string{"10.0.0.53:53", "192.0.2.53:53", "[fe80::53%5]:53"}, []string{"corp.example"}, nil},
		{"a rule of the policy table", nameSettings{domain: "x.example", rules: []nrptRule{{names: []string{".Corp.Example"}, servers: "10.1.0.1; 10.1.0.2 bad", options: 8}}},
			[]string{"10.0.0.53:53", "192.0.2.53:53", "[fe80::53%5]:53"}, []string{"x.example", "home.example"}, []platform.Resolver{
				{Addr: netip.MustParseAddrPort("10.1.0.1:53"), Domains: []string{"corp.example"}, Only: true},
				{Addr: netip.MustParseAddrPort("10.1.0.2:53"), Domains: []string{"corp.example"}, Only: true}}},
		{"a rule for every name", nameSettings{rules: []nrptRule{{names: []string{"."}, servers: "10.1.0.1", options: 8}}},
			[]string{"10.0.0.53:53", "192.0.2.53:53", "[fe80::53%5]:53"}, []string{"home.example"}, []platform.Resolver{{Addr: netip.MustParseAddrPort("10.1.0.1:53")}}},
		{"a rule that exempts", nameSettings{rules: []nrptRule{{names: []string{".public.example"}, options: 0, servers: "10.1.0.1"}, {options: 8, servers: "10.1.0.1"}}},
			[]string{"10.0.0.53:53", "192.0.2.53:53", "[fe80::53%5]:53"}, []string{"home.example"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := resolversOf(all, on, c.set)
			var servers []string
			for _, s := range got.Servers {
				servers = append(servers, s.Addr.String())
			}
			if !slices.Equal(servers, c.servers) || !slices.Equal(got.Search, c.search) {
				t.Errorf("got %v, search %v, want %v and %v", servers, got.Search, c.servers, c.search)
			}
			same := func(a, b platform.Resolver) bool {
				return a.Addr == b.Addr && a.Only == b.Only && slices.Equal(a.Domains, b.Domains)
			}
			if !slices.EqualFunc(got.Upstream, c.upstream, same) {
				t.Errorf("got upstream %+v, want %+v", got.Upstream, c.upstream)
			}
		})
	}
}

func TestHowALookupEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		n, why uint32
		want   platform.ProblemCode
	}{
		{"no such name", wsaHostNotFound, 9003, platform.NotFound},
		{"no address of the name", wsaNoData, 9501, platform.NotFound},
		{"silent servers", wsaHostNotFound, errorTimeout, platform.Timeout},
		{"it was not asked why", wsaTryAgain, 0, platform.NotFound},
		{"no network", 10050, 0, platform.UnreachableNet},
	} {
		if got := lookupProblem(c.n, c.why).Code; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}

func TestWhatCanBeAskedFor(t *testing.T) {
	for name, want := range map[string]bool{"host": true, "例子.example": true, "": false, "a b": false, "a\x00b": false} {
		if got := askable(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

func FuzzPolicyRule(f *testing.F) {
	f.Add(".corp.example", "10.0.0.1;10.0.0.2", uint64(8))
	f.Fuzz(func(t *testing.T, name, servers string, options uint64) {
		got := nrptRule{[]string{name}, servers, options}.resolvers()
		for _, r := range got {
			if len(got) > mostServers || !r.Addr.IsValid() || options&useServers == 0 {
				t.Errorf("got %+v", got)
			}
		}
	})
}
