package rule

import (
	"net/netip"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/platform"
)

func listener(at string, owners ...platform.Program) platform.Listener {
	return platform.Listener{At: netip.MustParseAddrPort(at), Owners: owners}
}

func TestElsewhere(t *testing.T) {
	bound := listener("0.0.0.0:80")
	bound.Link = 3
	for _, c := range []struct {
		name  string
		there []platform.Listener
		want  catalog.Code
	}{
		{"nothing listens", nil, ""},
		{"on loopback only", []platform.Listener{listener("127.0.0.1:80", platform.Program{PID: 7, Name: "nginx"})}, "listener.wrong-address"},
		{"on the address too", []platform.Listener{listener("127.0.0.1:80"), listener("192.0.2.1:80")}, ""},
		{"everywhere", []platform.Listener{listener("0.0.0.0:80")}, ""},
		{"on one adapter, which may be this one", []platform.Listener{bound}, ""},
	} {
		got := elsewhere(check.Attempts{To: netip.MustParseAddrPort("192.0.2.1:80")}, c.there)
		if len(got) == 0 != (c.want == "") || len(got) > 0 && got[0].Code != c.want {
			t.Errorf("%s: got %+v want %s", c.name, got, c.want)
		}
	}
}

func TestByAdapter(t *testing.T) {
	link := func(index int, kind platform.LinkKind, addr string) platform.Link {
		return platform.Link{Index: index, Name: "a", Kind: kind, Addresses: []platform.Address{{Prefix: netip.MustParsePrefix(addr)}}}
	}
	links := []platform.Link{link(1, platform.Loopback, "127.0.0.1/8"), link(3, platform.Ethernet, "192.0.2.1/24"), link(4, platform.Ethernet, "198.51.100.1/24")}
	by := func(at string, index int) platform.Listener { l := listener(at); l.Link = index; return l }
	for _, c := range []struct {
		name  string
		there []platform.Listener
		want  bool
	}{
		{"nothing listens", nil, false},
		{"by the adapter that has the address", []platform.Listener{by("0.0.0.0:80", 3)}, false},
		{"by another adapter", []platform.Listener{by("0.0.0.0:80", 4)}, true},
		{"by loopback", []platform.Listener{by("0.0.0.0:80", 1)}, true},
		{"by an adapter that is not known", []platform.Listener{by("0.0.0.0:80", 9)}, false},
		{"by another adapter, and everywhere", []platform.Listener{by("0.0.0.0:80", 4), listener("0.0.0.0:80")}, false},
		{"by another adapter, and elsewhere", []platform.Listener{by("0.0.0.0:80", 4), listener("198.51.100.1:80")}, true},
	} {
		if got := byAdapter(links, check.Attempts{To: netip.MustParseAddrPort("192.0.2.1:80")}, c.there); len(got) > 0 != c.want {
			t.Errorf("%s: got %+v want %v", c.name, got, c.want)
		}
	}
}

func TestSpent(t *testing.T) {
	full, free := platform.Program{Files: 20, FileLimit: 20}, platform.Program{Files: 19, FileLimit: 20}
	for _, c := range []struct {
		name string
		here []platform.Listener
		want bool
	}{
		{"no program is seen", []platform.Listener{listener("127.0.0.1:80")}, false},
		{"one is at its limit", []platform.Listener{listener("127.0.0.1:80", full)}, true},
		{"another could take it", []platform.Listener{listener("127.0.0.1:80", full, free)}, false},
		{"another listener could", []platform.Listener{listener("127.0.0.1:80", full), listener("127.0.0.1:80", free)}, false},
		{"the limit is not known", []platform.Listener{listener("127.0.0.1:80", platform.Program{Files: 20})}, false},
	} {
		if _, got := spentOf(c.here); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestSpentPorts(t *testing.T) {
	for _, c := range []struct {
		name string
		use  platform.PortUse
		want bool
	}{
		{"all taken", platform.PortUse{Low: 40000, High: 40099, Taken: 100}, true},
		{"all toward the target", platform.PortUse{Low: 40000, High: 40099, Taken: 100, Toward: 100}, true},
		{"some given back since", platform.PortUse{Low: 40000, High: 40099, Taken: 93}, true},
		{"the rest is reserved", platform.PortUse{Low: 40000, High: 40099, Reserved: 90, Taken: 10}, true},
		{"room", platform.PortUse{Low: 40000, High: 40099, Taken: 60, Toward: 60}, false},
		{"one of a few", platform.PortUse{Low: 40000, High: 40003, Taken: 3}, false},
		{"none taken", platform.PortUse{Low: 32768, High: 60999}, false},
	} {
		if got := spentPorts(c.use); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestLeaking(t *testing.T) {
	short := diag.Finding{Code: "local.ports-exhausted", Args: diag.Args{"address": "192.0.2.1"}}
	use := func(closed, toward int, owners ...platform.Program) platform.PortUse {
		return platform.PortUse{Toward: toward, States: map[string]int{platform.CloseWait: closed}, Owners: owners}
	}
	for _, c := range []struct {
		name    string
		use     platform.PortUse
		program any // nil: no leak
	}{
		{"most are kept by one", use(80, 100, platform.Program{Name: "agent", CloseWait: 78}), "agent"},
		{"most are kept, nobody is seen", use(80, 100), ""},
		{"most are kept by several", use(80, 100, platform.Program{Name: "a", CloseWait: 30}, platform.Program{Name: "b", CloseWait: 30}), ""},
		{"few are kept", use(20, 100, platform.Program{Name: "agent", CloseWait: 20}), nil},
		{"a handful", use(5, 5, platform.Program{Name: "agent", CloseWait: 5}), nil},
	} {
		got := leaking(short, c.use)
		if len(got) == 0 != (c.program == nil) || len(got) > 0 && (got[0].Code != "local.close-wait-leak" || got[0].Args["program"] != c.program) {
			t.Errorf("%s: got %+v want %v", c.name, got, c.program)
		}
	}
}
