package windows

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"faultline/platform"
)

// TestNRPT: rules spelled as [MS-GPNRPT] 2.2.2 keeps them.
func TestNRPT(t *testing.T) {
	server := func(only bool, domains ...string) []platform.Resolver {
		return []platform.Resolver{{Addr: netip.MustParseAddrPort("10.0.0.1:53"), From: "NRPT", Domains: domains, Only: only}}
	}
	for _, c := range []struct {
		name string
		rule nrptRule
		want []platform.Resolver
	}{
		{"suffix", nrptRule{[]string{".Corp.Example", " lab.example "}, "10.0.0.1", 8}, server(true, "corp.example", "lab.example")},
		{"every name", nrptRule{[]string{"."}, "10.0.0.1;", 8}, server(false)},
		{"exemption", nrptRule{[]string{".corp.example"}, "", 8}, nil},
		{"another kind of rule", nrptRule{[]string{".corp.example"}, "10.0.0.1", 2}, nil},
		{"no name", nrptRule{nil, "10.0.0.1", 8}, nil},
		{"no address", nrptRule{[]string{".corp.example"}, "proxy.example; x", 8}, nil},
	} {
		if got := c.rule.resolvers(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v want %+v", c.name, got, c.want)
		}
	}
}

func TestResolversOf(t *testing.T) {
	addr := netip.MustParseAddr
	all := []adapter{
		{index4: 12, index6: 12, status: 1, suffix: "home.example", dns: []netip.Addr{addr("192.0.2.53"), addr("fe80::1")}},
		{index4: 20, status: 1, suffix: "corp.example", dns: []netip.Addr{addr("10.0.0.1"), addr("192.0.2.53")}},
		{index4: 30, status: 2, suffix: "gone.example", dns: []netip.Addr{addr("198.51.100.53")}},
	}
	on := map[onIP]ipInterface{{12, false}: {metric: 25}, {12, true}: {metric: 35}, {20, false}: {metric: 5}}
	got := resolversOf(all, on, nameSettings{domain: "ad.example", cache: true, rules: []nrptRule{{[]string{".x.example"}, "10.9.9.9", 8}}})
	var servers []string
	for _, s := range got.Servers {
		servers = append(servers, s.Addr.String())
	}
	if want := []string{"10.0.0.1:53", "192.0.2.53:53", "[fe80::1%12]:53"}; !reflect.DeepEqual(servers, want) {
		t.Errorf("got servers %q want %q", servers, want)
	}
	if want := []string{"ad.example", "corp.example", "home.example"}; !reflect.DeepEqual(got.Search, want) {
		t.Errorf("got search %q want %q", got.Search, want)
	}
	if len(got.Upstream) != 1 || got.Upstream[0].Domains[0] != "x.example" || !got.Upstream[0].Only || len(got.Caches) != 1 || got.Ndots != 1 {
		t.Errorf("got %+v", got)
	}
	got = resolversOf(all, on, nameSettings{search: []string{"one.example", "two.example"}, domain: "ad.example"})
	if want := []string{"one.example", "two.example"}; !reflect.DeepEqual(got.Search, want) {
		t.Errorf("got search %q want %q, as the list takes the place of all others", got.Search, want)
	}
}

func TestLookupProblem(t *testing.T) {
	for _, c := range []struct {
		name   string
		n, why uint32
		want   error
	}{
		{"no such name", 11001, 9003, platform.ErrNotFound},
		{"no record", 11004, 9501, platform.ErrNotFound},
		{"a server fails", 11002, 9002, platform.ErrNotFound},
		{"silent servers", 11001, 1460, platform.ErrTimeout},
		{"why was not told", 11001, 0, platform.ErrNotFound},
		{"no network", 10050, 0, platform.ErrUnreachableNet},
		{"something else", 8, 0, &platform.Problem{Code: platform.Other}},
	} {
		if got := lookupProblem(c.n, c.why); !errors.Is(got, c.want) {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestAskable(t *testing.T) {
	for name, want := range map[string]bool{"www.example": true, "www.example.": true, "例え.example": true, "": false, "a b": false, "a\x00b": false} {
		if got := askable(name); got != want {
			t.Errorf("%q: got %v want %v", name, got, want)
		}
	}
}

func TestScoped(t *testing.T) {
	m := make(madeMemory, 28)
	m.inet(0, "fe80::1")
	m.u32(24, 7)
	if got := structure(m).scoped(); got.String() != "fe80::1%7" {
		t.Errorf("got %v want the zone of the adapter", got)
	}
}

func FuzzNRPT(f *testing.F) {
	f.Add(".corp.example", "10.0.0.1;10.0.0.2", uint64(8))
	f.Fuzz(func(t *testing.T, name, servers string, options uint64) {
		for _, r := range (nrptRule{[]string{name}, servers, options}).resolvers() {
			if !r.Addr.IsValid() || r.Only && len(r.Domains) == 0 {
				t.Errorf("got %+v", r)
			}
		}
	})
}
