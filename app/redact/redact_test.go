package redact

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

func as(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestValue(t *testing.T) {
	r := New()
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"an address and its prefix", platform.Address{Prefix: netip.MustParsePrefix("192.168.7.5/24")}, `{"prefix":"10.0.0.1/24"}`},
		{"the same again, and an adapter", platform.Route{Source: netip.MustParseAddr("192.168.7.5"), LinkName: "Büro WLAN", Kind: platform.Unicast},
			`{"kind":"unicast","link_name":"link-1","source":"10.0.0.1"}`},
		{"the default route stays one", platform.Route{Dst: netip.MustParsePrefix("0.0.0.0/0"), Kind: platform.Unicast}, `{"dst":"0.0.0.0/0","kind":"unicast"}`},
		{"a public address", platform.EchoAsk{To: netip.MustParseAddr("93.184.216.34")}, `{"seq":0,"to":"192.0.2.1"}`},
		{"loopback and port", platform.DialAsk{To: netip.MustParseAddrPort("127.0.0.1:80")}, `{"to":"127.0.0.1:80"}`},
		{"a neighbor", platform.Neighbor{Addr: netip.MustParseAddr("fe80::1%Büro WLAN"), MAC: "AA-BB-CC-00-11-22", State: platform.NeighborStale},
			`{"addr":"fe80::1%link-1","confirmed":"unknown","link":0,"mac":"02:00:5e:00:00:01","state":"stale"}`},
		{"a name", platform.HostsAsk{Name: "files.corp.contoso.com"}, `{"name":"host-1.example"}`},
		{"a user", platform.SystemFacts{OS: "windows", Arch: "amd64", User: `CONTOSO\alice`, Booted: time.Unix(0, 0).UTC()},
			`{"arch":"amd64","booted":"1970-01-01T00:00:00Z","elevated":false,"os":"windows","user":"user-1"}`},
		{"a problem", &platform.Problem{Code: platform.Other, Text: `open C:\Users\alice\x: files.corp.contoso.com at 192.168.7.5, 00:1b:21:00:00:07 on Büro WLAN`},
			`{"code":"other","text":"open C:\\Users\\user\\x: host-1.example at 10.0.0.1, 02:00:5e:00:00:02 on link-1"}`},
		{"bytes", platform.TalkAsk{To: netip.MustParseAddrPort("127.0.0.1:80"), Send: []byte("secret")}, `{"send":6,"to":"127.0.0.1:80"}`},
		{"a list and nothing", []platform.Neighbor{}, `[]`},
		{"no pointer", (*platform.Belief)(nil), `null`},
	} {
		if got := as(t, r.Value(c.v)); got != c.want {
			t.Errorf("%s: got %s want %s", c.name, got, c.want)
		}
	}
}

// What has no class is left out, whatever it is.
func TestWithoutClass(t *testing.T) {
	got := as(t, New().Value(struct{ A, B string }{"secret", ""}))
	if strings.Contains(got, "secret") || !strings.Contains(got, "6 characters") {
		t.Errorf("got %s want no text", got)
	}
}

func FuzzText(f *testing.F) {
	f.Add("fe80::1%x 192.168.7.5 00:1b:21:00:00:07 a.b.c", "192.168.7.5")
	f.Fuzz(func(t *testing.T, text, secret string) {
		r := New()
		r.Value(platform.HostsAsk{Name: secret})
		got := r.free(text)
		if strings.Contains(got, "192.168.7.5") {
			t.Errorf("got %q", got)
		}
	})
}
