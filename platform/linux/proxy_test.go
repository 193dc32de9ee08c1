package linux

import (
	"reflect"
	"testing"

	"faultline/platform"
	"faultline/platform/portable"
)

func TestEnvironmentProxies(t *testing.T) {
	http := func(host string) platform.ProxyAsk { return platform.ProxyAsk{Scheme: "http", Host: host, Port: 80} }
	https := platform.ProxyAsk{Scheme: "https", Host: "a.example", Port: 443}
	proxy := func(scheme, host string, port uint16) *platform.Proxy {
		return &platform.Proxy{Scheme: scheme, Host: host, Port: port}
	}
	secret := proxy("http", "p.example", 8080)
	secret.HasCredentials = true
	for name, tt := range map[string]struct {
		vars map[string]string
		ask  platform.ProxyAsk
		want platform.ProxySource
		says bool
	}{
		"none":                     {nil, https, platform.ProxySource{}, false},
		"set":                      {map[string]string{"https_proxy": "http://10.0.0.9:3128"}, https, platform.ProxySource{Proxy: proxy("http", "10.0.0.9", 3128)}, true},
		"capitals":                 {map[string]string{"HTTPS_PROXY": "10.0.0.9:3128"}, https, platform.ProxySource{Proxy: proxy("http", "10.0.0.9", 3128)}, true},
		"for another scheme":       {map[string]string{"http_proxy": "http://10.0.0.9:3128"}, https, platform.ProxySource{}, false},
		"credentials are dropped":  {map[string]string{"http_proxy": "http://me:secret@p.example:8080"}, http("a.example"), platform.ProxySource{Proxy: secret}, true},
		"for all, SOCKS":           {map[string]string{"all_proxy": "socks5h://[2001:db8::9]"}, https, platform.ProxySource{Proxy: proxy("socks5", "2001:db8::9", 1080)}, true},
		"exception":                {map[string]string{"http_proxy": "p.example:1", "no_proxy": "b.example, a.example"}, http("a.example"), platform.ProxySource{Bypassed: true}, true},
		"exception for the domain": {map[string]string{"http_proxy": "p.example:1", "NO_PROXY": ".example"}, http("a.example"), platform.ProxySource{Bypassed: true}, true},
		"exception with a star":    {map[string]string{"http_proxy": "p.example:1", "NO_PROXY": "*.example"}, http("a.example"), platform.ProxySource{Bypassed: true}, true},
		"exception for everything": {map[string]string{"http_proxy": "p.example:1", "no_proxy": "*"}, http("a.example"), platform.ProxySource{Bypassed: true}, true},
		"exception for a network":  {map[string]string{"http_proxy": "p.example:1", "no_proxy": "10.0.0.0/8"}, http("10.1.2.3"), platform.ProxySource{Bypassed: true}, true},
		"other exception":          {map[string]string{"http_proxy": "p.example:1", "no_proxy": "ample"}, http("a.example"), platform.ProxySource{Proxy: proxy("http", "p.example", 1)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, says := portable.ProxyEnvironment(func(n string) string { return tt.vars[n] }).Source("", tt.ask)
			if !reflect.DeepEqual(got, tt.want) || says != tt.says {
				t.Errorf("got %+v (%+v), %v want %+v (%+v), %v", got, got.Proxy, says, tt.want, tt.want.Proxy, tt.says)
			}
		})
	}
}

const gnomeManual = `org.gnome.system.proxy autoconfig-url ''
org.gnome.system.proxy ignore-hosts ['localhost', '127.0.0.0/8', '::1', '*.intranet.example']
org.gnome.system.proxy mode 'manual'
org.gnome.system.proxy.http host 'p.example'
org.gnome.system.proxy.http port 8080
org.gnome.system.proxy.https host ''
org.gnome.system.proxy.https port 0
`

func TestDesktopProxies(t *testing.T) {
	ask := platform.ProxyAsk{Scheme: "http", Host: "a.example", Port: 80}
	inside := platform.ProxyAsk{Scheme: "http", Host: "a.intranet.example", Port: 80}
	kde := func(rest string) portable.ProxySettings {
		return decodeKDE([]byte("[General]\nProxyType=9\n[Proxy Settings]\n"+rest), func(string) string { return "" })
	}
	p := &platform.Proxy{Scheme: "http", Host: "p.example", Port: 8080}
	for name, tt := range map[string]struct {
		s    portable.ProxySettings
		ask  platform.ProxyAsk
		want platform.ProxySource
	}{
		"GNOME manual":      {decodeGNOME([]byte(gnomeManual)), ask, platform.ProxySource{Proxy: p}},
		"GNOME exception":   {decodeGNOME([]byte(gnomeManual)), inside, platform.ProxySource{Bypassed: true}},
		"GNOME none":        {decodeGNOME([]byte("org.gnome.system.proxy mode 'none'\norg.gnome.system.proxy.http host 'p.example'\n")), ask, platform.ProxySource{}},
		"GNOME script":      {decodeGNOME([]byte("org.gnome.system.proxy mode 'auto'\norg.gnome.system.proxy autoconfig-url 'http://u:p@pac.example/x.pac'\n")), ask, platform.ProxySource{Script: "http://pac.example/x.pac"}},
		"GNOME discovers":   {decodeGNOME([]byte("org.gnome.system.proxy mode 'auto'\n")), ask, platform.ProxySource{Discovers: true}},
		"KDE manual":        {kde("ProxyType=1\nhttpProxy=http://p.example 8080\n"), ask, platform.ProxySource{Proxy: p}},
		"KDE exception":     {kde("ProxyType=1\nhttpProxy=http://p.example 8080\nNoProxyFor=intranet.example\n"), inside, platform.ProxySource{Bypassed: true}},
		"KDE only for some": {kde("ProxyType=1\nhttpProxy=http://p.example 8080\nNoProxyFor=intranet.example\nReversedException=true\n"), inside, platform.ProxySource{Proxy: p}},
		"KDE script":        {kde("ProxyType=2\nProxy Config Script=http://pac.example/\n"), ask, platform.ProxySource{Script: "http://pac.example/"}},
		"KDE none":          {kde("ProxyType=0\nhttpProxy=http://p.example 8080\n"), ask, platform.ProxySource{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := tt.s.Source("", tt.ask); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v (%+v) want %+v (%+v)", got, got.Proxy, tt.want, tt.want.Proxy)
			}
		})
	}
}

func TestDecodeEnvironment(t *testing.T) {
	get := decodeEnvironment([]byte("PATH=\"/bin\"\nexport http_proxy='http://p:1' # ours\n#https_proxy=x\n"))
	if got := get("http_proxy"); got != "http://p:1" {
		t.Errorf("got %q want http://p:1", got)
	}
	if got := get("https_proxy"); got != "" {
		t.Errorf("got %q want nothing", got)
	}
}

func FuzzProxySettings(f *testing.F) {
	f.Add([]byte(gnomeManual), "a.example")
	f.Add([]byte("[Proxy Settings]\nProxyType=1\nhttpProxy=http://[::1 8\n"), "::1")
	f.Add([]byte("http_proxy=http://u:p@[::1]:99999\nno_proxy=*,[,/"), "10.0.0.1")
	f.Fuzz(func(t *testing.T, b []byte, host string) {
		env := decodeEnvironment(b)
		for _, s := range []portable.ProxySettings{decodeGNOME(b), decodeKDE(b, env), portable.ProxyEnvironment(env)} {
			for _, scheme := range []string{"http", "https"} {
				src, _ := s.Source("x", platform.ProxyAsk{Scheme: scheme, Host: host, Port: 1})
				if p := src.Proxy; p != nil && (p.Host == "" || p.Port == 0) {
					t.Errorf("got %+v want a host and a port", p)
				}
			}
		}
	})
}
