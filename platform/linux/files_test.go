package linux

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"faultline/platform"
)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seeds adds every sample of a folder to a fuzz test.
func seeds(f *testing.F, folder string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no samples in %s: %v", folder, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

func servers(r platform.Resolvers) []string {
	var all []string
	for _, s := range r.Servers {
		all = append(all, s.Addr.String())
	}
	return all
}

func TestDecodeResolv(t *testing.T) {
	for _, c := range []struct {
		name, file      string
		servers, search []string
		ndots           int
		stub            bool
	}{
		{"plain", "resolv/plain.txt", []string{"192.0.2.53:53", "[2001:db8::53]:53"}, []string{"corp.example", "example.com"}, 2, false},
		{"odd", "resolv/odd.txt", []string{"[fe80::1%eth0]:53", "192.0.2.1:53"}, []string{"second.example", "third.example"}, 15, false},
		{"stub of systemd-resolved", "resolv/resolved-255.txt", []string{"127.0.0.53:53"}, []string{"lan"}, 1, true},
		{"a stub beside a server", "resolv/mixed.txt", []string{"127.0.0.53:53", "192.0.2.1:53"}, nil, 1, false},
		{"empty", "resolv/empty.txt", nil, nil, 1, false},
		{"line ends of another system", "resolv/crlf.txt", []string{"192.0.2.55:53"}, nil, 3, false},
	} {
		got := decodeResolv(sample(t, c.file), "x")
		if !slices.Equal(servers(got), c.servers) || !slices.Equal(got.Search, c.search) || got.Ndots != c.ndots || got.Source != "x" {
			t.Errorf("%s: got %+v want %+v", c.name, got, c)
		}
		if stub := isStub(got.Servers); stub != c.stub {
			t.Errorf("%s: got stub %v want %v", c.name, stub, c.stub)
		}
	}
}

func FuzzDecodeResolv(f *testing.F) {
	seeds(f, "resolv")
	f.Fuzz(func(t *testing.T, b []byte) {
		r := decodeResolv(b, "fuzz")
		if len(r.Servers) > maxServers || len(r.Search) > maxSearch || r.Ndots < 0 || r.Ndots > maxNdots {
			t.Errorf("got %+v", r)
		}
		for _, s := range r.Servers {
			if !s.Addr.IsValid() || s.Addr.Port() != dnsPort {
				t.Errorf("got server %v", s)
			}
		}
	})
}

func TestDecodeOrder(t *testing.T) {
	for _, c := range []struct {
		file string
		want []string
	}{
		{"nsswitch/ubuntu-24.txt", []string{"files", "mdns4_minimal", "resolve", "dns"}},
		{"nsswitch/without.txt", nil},
		{"nsswitch/odd.txt", []string{"files", "dns"}},
	} {
		if got := decodeOrder(sample(t, c.file)); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q want %q", c.file, got, c.want)
		}
	}
}

func FuzzDecodeOrder(f *testing.F) {
	seeds(f, "nsswitch")
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, s := range append(decodeOrder(b), decodeEnds(b)...) {
			if s == "" || strings.ContainsAny(s, " \t\n[") {
				t.Errorf("got service %q", s)
			}
		}
	})
}

func TestDecodeAhosts(t *testing.T) {
	addr := netip.MustParseAddr
	for _, c := range []struct {
		file string
		want platform.NameAnswer
	}{
		{"getent/glibc-2.36-C.txt", platform.NameAnswer{Addresses: []netip.Addr{addr("2001:db8::1"), addr("192.0.2.1")}, Canonical: "www.example.com"}},
		{"getent/musl-1.2-C.txt", platform.NameAnswer{Addresses: []netip.Addr{addr("192.0.2.1")}, Canonical: "www.example.com"}},
		{"getent/odd.txt", platform.NameAnswer{Addresses: []netip.Addr{addr("fe80::1%eth0"), addr("192.0.2.3")}, Canonical: "host.local"}},
	} {
		if got := decodeAhosts(sample(t, c.file)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %+v want %+v", c.file, got, c.want)
		}
	}
}

func FuzzDecodeAhosts(f *testing.F) {
	seeds(f, "getent")
	f.Fuzz(func(t *testing.T, b []byte) {
		got := decodeAhosts(b)
		if len(got.Addresses) > maxAddresses {
			t.Errorf("got %d addresses", len(got.Addresses))
		}
		for i, a := range got.Addresses {
			if !a.IsValid() || slices.Contains(got.Addresses[:i], a) {
				t.Errorf("got %v twice, or invalid", a)
			}
		}
	})
}

func TestAskable(t *testing.T) {
	for name, want := range map[string]bool{
		"localhost": true, "_sip._tcp.example.com": true, "bücher.example": true, "127.1": true,
		"": false, "-s": false, "--help": false, "a b": false, "a\nb": false, "a\x00": false, strings.Repeat("a", 256): false,
	} {
		if got := askable(name); got != want {
			t.Errorf("%q: got %v want %v", name, got, want)
		}
	}
}

func TestDecodeCounters(t *testing.T) {
	got := make(map[string]uint64)
	decodePairs(sample(t, "proc/snmp-6.18.txt"), got)
	decodePairs(sample(t, "proc/netstat-6.18.txt"), got)
	decodeColumn(sample(t, "proc/snmp6-6.18.txt"), got)
	for _, name := range []string{"Ip.OutDiscards", "Ip.OutNoRoutes", "Ip6.OutDiscards", "Tcp.OutRsts", "TcpExt.TCPTimeouts",
		"TcpExt.ListenOverflows", "TcpExt.IPReversePathFilter", "Icmp6.InDestUnreachs"} {
		if _, ok := got[name]; !ok {
			t.Errorf("got no %s in %v", name, got)
		}
	}
	if _, ok := got["Tcp.MaxConn"]; ok {
		t.Error("got Tcp.MaxConn, which is no count")
	}
}

func TestDecodePairs(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       map[string]uint64
	}{
		{"a pair", "Ip: A OutDiscards\nIp: 1 2\n", map[string]uint64{"Ip.OutDiscards": 2}},
		{"negative", "Ip: OutDiscards\nIp: -1\n", map[string]uint64{}},
		{"values of another group", "Ip: OutDiscards\nTcp: 5\n", map[string]uint64{}},
		{"more names than values", "Ip: OutDiscards OutNoRoutes\nIp: 5\n", map[string]uint64{}},
		{"names without values", "Ip: OutDiscards\n", map[string]uint64{}},
	} {
		got := make(map[string]uint64)
		if decodePairs([]byte(c.text), got); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func FuzzDecodeCounters(f *testing.F) {
	f.Add([]byte("Ip: OutDiscards OutNoRoutes\nIp: 1 2\nTcp: MaxConn OutRsts\nTcp: -1 3\n"))
	f.Add([]byte("Ip6OutDiscards 1\nIcmp6InDestUnreachs 2\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		got := make(map[string]uint64)
		decodePairs(b, got)
		decodeColumn(b, got)
		if len(got) > len(wanted) {
			t.Errorf("got %d counters of %d", len(got), len(wanted))
		}
	})
}

func TestDecodeRelease(t *testing.T) {
	for file, want := range map[string]string{
		"release/debian-12.txt": "Debian GNU/Linux 12 (bookworm)", "release/alpine-3.20.txt": "Alpine Linux v3.20", "resolv/empty.txt": "",
	} {
		if got := decodeRelease(sample(t, file)); got != want {
			t.Errorf("%s: got %q want %q", file, got, want)
		}
	}
}

func FuzzDecodeRelease(f *testing.F) {
	seeds(f, "release")
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := decodeRelease(b); len(got) > maxRelease {
			t.Errorf("got %d bytes", len(got))
		}
	})
}
