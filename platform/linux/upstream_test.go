package linux

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"faultline/platform"
)

func spelled(all []platform.Resolver) (out []string) {
	for _, r := range all {
		only := map[bool]string{true: "only"}[r.Only]
		out = append(out, strings.Join(strings.Fields(fmt.Sprintf("%v %s %s", r.Addr, strings.Join(r.Domains, ","), only)), " "))
	}
	return out
}

func TestDecodeLinkServers(t *testing.T) {
	for _, c := range []struct {
		file string
		want []string
	}{
		{"forward/networkd.txt", []string{"192.0.2.53:53 lan,corp.example,lab.example",
			"[2001:db8::53]:53 lan,corp.example,lab.example", "[2001:db8::54]:5353 lan,corp.example,lab.example"}},
		{"forward/resolved.txt", []string{"198.51.100.7:53 corp.example,office.example", "198.51.100.8:5353 corp.example,office.example"}},
		{"resolv/empty.txt", nil},
		{"forward/routing.txt", []string{"198.51.100.7:53 corp.example only"}},
	} {
		got := decodeLinkServers(sample(t, c.file), 3, "systemd")
		if !slices.Equal(spelled(got), c.want) {
			t.Errorf("%s: got %q want %q", c.file, spelled(got), c.want)
		}
		for _, r := range got {
			if r.Link != 3 || r.From != "systemd" {
				t.Errorf("%s: got %+v, want link 3", c.file, r)
			}
		}
	}
}

func TestDecodeForwarders(t *testing.T) {
	var masq, unbound forwarding
	masq.decodeDnsmasq(sample(t, "forward/dnsmasq.txt"))
	want := []string{"192.0.2.53:53", "192.0.2.54:5353", "198.51.100.7:53 corp.example,lab.example only", "[2001:db8::53]:53"}
	if got := spelled(masq.servers); !slices.Equal(got, want) || !slices.Equal(masq.files, []string{"/etc/resolv.dnsmasq"}) || masq.none {
		t.Errorf("dnsmasq: got %q and files %q, want %q", got, masq.files, want)
	}
	unbound.decodeUnbound(sample(t, "forward/unbound.txt"))
	want = []string{"198.51.100.7:5353 corp.example only", "192.0.2.53:53", "[2001:db8::53]:853"}
	if got := spelled(unbound.servers); !slices.Equal(got, want) {
		t.Errorf("unbound: got %q, want %q", got, want)
	}
}

func TestDistinct(t *testing.T) {
	at := func(s string, domains ...string) platform.Resolver {
		return platform.Resolver{Addr: netip.MustParseAddrPort(s), Domains: domains}
	}
	got := distinct([]platform.Resolver{at("127.0.0.1:53"), at("192.0.2.1:53", "a"), at("[::1]:53"), at("192.0.2.1:53", "b"), at("0.0.0.0:53"), at("192.0.2.2:53")})
	if want := []string{"192.0.2.1:53 a,b", "192.0.2.2:53"}; !slices.Equal(spelled(got), want) {
		t.Errorf("got %q, want %q", spelled(got), want)
	}
}

func FuzzForwarders(f *testing.F) {
	seeds(f, "forward")
	f.Fuzz(func(t *testing.T, b []byte) {
		var w forwarding
		w.decodeDnsmasq(b)
		w.decodeUnbound(b)
		all := append(w.servers, decodeLinkServers(b, 1, "fuzz")...)
		if len(w.servers) > maxServers || len(w.files) > maxServers || len(all) > 2*maxServers {
			t.Errorf("got %d servers, %d files", len(all), len(w.files))
		}
		for _, r := range all {
			if !r.Addr.IsValid() || r.Addr.Port() == 0 || len(r.Domains) > maxDomains {
				t.Errorf("got %+v", r)
			}
		}
	})
}

func TestDecodeEnds(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"hosts: files mdns4_minimal [NOTFOUND=return] dns", []string{"mdns4_minimal"}},
		{"hosts: mymachines resolve [!UNAVAIL=return] files dns", []string{"resolve"}},
		{"hosts: files [!notfound=return] dns", nil},
		{"hosts: files [SUCCESS=return NOTFOUND=continue] dns", nil},
		{"hosts: [NOTFOUND=return] dns", nil},
		{"hosts: files dns [unclosed", nil},
		{"passwd: files [NOTFOUND=return]", nil},
	} {
		if got := decodeEnds([]byte(c.line)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q want %q", c.line, got, c.want)
		}
	}
}

func TestResolvOptions(t *testing.T) {
	got := decodeResolv([]byte("options rotate ndots:3 timeout:1\noptions use-vc "+strings.Repeat("x", 99)+"\n"), "x")
	if want := []string{"rotate", "timeout:1", "use-vc", strings.Repeat("x", maxOption)}; !slices.Equal(got.Options, want) || got.Ndots != 3 {
		t.Errorf("got %q and ndots %d, want %q and 3", got.Options, got.Ndots, want)
	}
}
