package windows

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"faultline/platform"
)

// WinHTTP itself fetches and runs the script, on real Windows and under Wine.
func TestScriptIsRun(t *testing.T) {
	const pac = `function FindProxyForURL(url, host) { return host == "direct.example" ? "DIRECT" : "PROXY 127.0.0.1:3128; DIRECT"; }`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
		fmt.Fprint(w, pac)
	}))
	defer server.Close()
	for _, c := range []struct {
		host   string
		want   *platform.Proxy
		direct bool
	}{
		{"www.example.com", proxy("http", "127.0.0.1", 3128), false},
		{"direct.example", nil, true},
	} {
		q := platform.ProxyAsk{Scheme: "https", Host: c.host, Port: 443}
		got, says := userProxy{Script: server.URL + "/x.pac"}.source("windows", q, winhttpScripts(t.Context(), q))
		if !says || got.Bypassed != c.direct || (got.Proxy == nil) != (c.want == nil) || got.Proxy != nil && *got.Proxy != *c.want {
			t.Errorf("%s: got %+v (%+v) want %+v, direct %v", c.host, got, got.Proxy, c.want, c.direct)
		}
	}
}

func TestScriptThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	q := platform.ProxyAsk{Scheme: "https", Host: "www.example.com", Port: 443}
	got, says := userProxy{Script: server.URL + "/x.pac"}.source("windows", q, winhttpScripts(t.Context(), q))
	if !says || got.Proxy != nil || got.Bypassed || got.Script == "" {
		t.Errorf("got %+v, %v want the script and no choice", got, says)
	}
}

func TestProxySettingIsRead(t *testing.T) {
	f, err := proxies{}.For(t.Context(), platform.ProxyAsk{Scheme: "https", Host: "www.example.com", Port: 443})
	if err != nil {
		t.Fatalf("got %v", err)
	}
	t.Logf("%+v", f)
}
