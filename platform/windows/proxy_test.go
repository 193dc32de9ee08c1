package windows

import (
	"errors"
	"reflect"
	"testing"

	"faultline/platform"
)

var (
	askHTTPS = platform.ProxyAsk{Scheme: "https", Host: "www.example.com", Port: 443}
	askHTTP  = platform.ProxyAsk{Scheme: "http", Host: "intranet", Port: 8080}
)

func proxy(scheme, host string, port uint16) *platform.Proxy {
	return &platform.Proxy{Scheme: scheme, Host: host, Port: port}
}

func TestFirstWay(t *testing.T) {
	for _, c := range []struct {
		name, list string
		want       *platform.Proxy
		direct     bool
	}{
		{"a script's proxy", "PROXY a:1;DIRECT", proxy("http", "a", 1), false},
		{"a script's two", "PROXY a:1; PROXY b:2", proxy("http", "a", 1), false},
		{"without words", "a:1;b:2", proxy("http", "a", 1), false},
		{"after white space", "\r\n PROXY\ta.example:3128 ", proxy("http", "a.example", 3128), false},
		{"direct first", "DIRECT; PROXY a:1", nil, true},
		{"direct in small letters", "direct", nil, true},
		{"an encrypted proxy", "HTTPS a:443", proxy("https", "a", 443), false},
		{"SOCKS is version 4", "SOCKS a:1080", proxy("socks4", "a", 1080), false},
		{"SOCKS5", "SOCKS5 [2001:db8::1]:1080", proxy("socks5", "2001:db8::1", 1080), false},
		{"by scheme", "http=a:1;https=b:2;ftp=c:3", proxy("http", "b", 2), false},
		{"by scheme, with a scheme", "https=http://b:2", proxy("http", "b", 2), false},
		{"for another scheme", "http=a:1", nil, false},
		{"SOCKS for what has no own", "http=a:1;socks=c:3", proxy("socks4", "c", 3), false},
		{"without a port", "a", proxy("http", "a", 80), false},
		{"one that is none, then one", "PROXY :;PROXY b:2", proxy("http", "b", 2), false},
		{"nothing", " ; ", nil, false},
		{"no proxy at all", "PROXY", nil, false},
	} {
		got, direct := firstWay(c.list, "https")
		if !reflect.DeepEqual(got, c.want) || direct != c.direct {
			t.Errorf("%s: got %+v, %v want %+v, %v", c.name, got, direct, c.want, c.direct)
		}
	}
}

func TestBypassed(t *testing.T) {
	for _, c := range []struct {
		name, list string
		ask        platform.ProxyAsk
		want       bool
	}{
		{"local name", "<local>", askHTTP, true},
		{"name with a dot is not local", "<local>", askHTTPS, false},
		{"address is not local", "<local>", platform.ProxyAsk{Scheme: "http", Host: "2001:db8::1", Port: 80}, false},
		{"exact", "x;WWW.example.com", askHTTPS, true},
		{"the domain alone is no exception for its hosts", "example.com", askHTTPS, false},
		{"star in front", "*.example.com", askHTTPS, true},
		{"star in the middle", "w*.com", askHTTPS, true},
		{"two stars", "*exam*", askHTTPS, true},
		{"star behind, address", "10.*", platform.ProxyAsk{Scheme: "http", Host: "10.1.2.3", Port: 80}, true},
		{"star behind, other address", "10.*", platform.ProxyAsk{Scheme: "http", Host: "110.1.2.3", Port: 80}, false},
		{"all", "*", askHTTPS, true},
		{"of the scheme", "https://*.example.com", askHTTPS, true},
		{"of another scheme", "http://*.example.com", askHTTPS, false},
		{"of the port", "*.example.com:443", askHTTPS, true},
		{"of another port", "*.example.com:8443", askHTTPS, false},
		{"IPv6 in brackets", "[2001:db8::1]", platform.ProxyAsk{Scheme: "http", Host: "2001:db8::1", Port: 80}, true},
		{"loopback unasked", "", platform.ProxyAsk{Scheme: "http", Host: "127.0.0.1", Port: 80}, true},
		{"loopback taken back", "<-loopback>", platform.ProxyAsk{Scheme: "http", Host: "localhost", Port: 80}, false},
		{"empty", "", askHTTPS, false},
		{"white space and commas", " a ,\tb\r\nwww.example.com", askHTTPS, true},
	} {
		if got := bypassed(c.list, c.ask); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestScriptURL(t *testing.T) {
	for in, want := range map[string]string{
		"http://wpad.example/wpad.dat\r\n": "http://wpad.example/wpad.dat",
		"\n":                               "",
		"":                                 "",
		"wpad.dat":                         "",
		"file://c:/x.pac":                  "",
		"http://":                          "",
		"http://a b/":                      "",
		"http://[::1/":                     "",
	} {
		if got := scriptURL(in); got != want {
			t.Errorf("%q: got %q want %q", in, got, want)
		}
	}
}

func TestUserProxy(t *testing.T) {
	answers := func(found string, findErr error, answer string, runErr error) scripts {
		return scripts{
			find: func() (string, error) { return found, findErr },
			run:  func(string) (string, error) { return answer, runErr },
		}
	}
	const pac = "http://me:secret@pac.example/x.pac"
	none := answers("", errNoScript, "", errors.New("no script should be run"))
	for _, c := range []struct {
		name string
		set  userProxy
		s    scripts
		want platform.ProxySource
		says bool
	}{
		{"nothing", userProxy{}, none, platform.ProxySource{}, false},
		{"the usual home: detects, and finds none", userProxy{Detects: true}, none, platform.ProxySource{}, false},
		{"detects, finds none, and a proxy is named", userProxy{Detects: true, Proxy: "p:1"}, none, platform.ProxySource{Proxy: proxy("http", "p", 1)}, true},
		{"the search does not end", userProxy{Detects: true, Proxy: "p:1"}, answers("", platform.ErrTimeout, "", nil), platform.ProxySource{Discovers: true}, true},
		{"the service failed", userProxy{Detects: true}, answers("", scriptProblem(winhttpServiceError), "", nil), platform.ProxySource{Discovers: true}, true},
		{"found, and chooses", userProxy{Detects: true}, answers("http://wpad/wpad.dat\n", nil, "PROXY p:1", nil),
			platform.ProxySource{Discovers: true, Script: "http://wpad/wpad.dat", Proxy: proxy("http", "p", 1)}, true},
		{"what is found is rubbish", userProxy{Detects: true}, answers("\n", nil, "PROXY p:1", nil), platform.ProxySource{}, false},
		{"named, and chooses", userProxy{Script: pac, Proxy: "other:2"}, answers("", nil, "p:1", nil),
			platform.ProxySource{Script: "http://pac.example/x.pac", Proxy: proxy("http", "p", 1)}, true},
		{"named, and sends directly", userProxy{Script: pac}, answers("", nil, "", nil),
			platform.ProxySource{Script: "http://pac.example/x.pac", Bypassed: true}, true},
		{"named, and cannot be fetched", userProxy{Script: pac}, answers("", nil, "", scriptProblem(winhttpUnableToDownload)),
			platform.ProxySource{Script: "http://pac.example/x.pac"}, true},
		{"named, and answers rubbish", userProxy{Script: pac}, answers("", nil, "PROXY", nil),
			platform.ProxySource{Script: "http://pac.example/x.pac"}, true},
		{"proxy", userProxy{Proxy: "http=p:1;https=s:2", Bypass: "<local>"}, none, platform.ProxySource{Proxy: proxy("http", "s", 2)}, true},
		{"exception", userProxy{Proxy: "p:1", Bypass: "*.example.com"}, none, platform.ProxySource{Bypassed: true}, true},
	} {
		got, says := c.set.source("", askHTTPS, c.s)
		if !reflect.DeepEqual(got, c.want) || says != c.says {
			t.Errorf("%s: got %+v (%+v), %v want %+v (%+v), %v", c.name, got, got.Proxy, says, c.want, c.want.Proxy, c.says)
		}
	}
}

func FuzzProxyAnswer(f *testing.F) {
	f.Add("PROXY a:1;DIRECT", "<local>;*.example.com:443", "www.example.com", "http://wpad/wpad.dat\n")
	f.Add("http=a:1;socks=[::1]:99999", "[::1]:80;*a*b*", "::1", "\n")
	f.Fuzz(func(t *testing.T, list, bypass, host, script string) {
		q := platform.ProxyAsk{Scheme: "https", Host: host, Port: 443}
		s := scripts{find: func() (string, error) { return script, nil }, run: func(string) (string, error) { return list, nil }}
		for _, u := range []userProxy{{Detects: true}, {Script: script}, {Proxy: list, Bypass: bypass}} {
			src, says := u.source("x", q, s)
			if p := src.Proxy; p != nil && (p.Host == "" || p.Port == 0 || src.Bypassed) {
				t.Errorf("got %+v of %+v want a host and a port, and no exception", p, src)
			}
			if says && src.Proxy == nil && !src.Bypassed && src.Script == "" && !src.Discovers {
				t.Errorf("got %+v, which says nothing", src)
			}
		}
	})
}

// TestNumbersOfWinHTTP: a number becomes what it means; a user without a setting
// is no failure.
func TestNumbersOfWinHTTP(t *testing.T) {
	for number, want := range map[uint32]platform.ProblemCode{
		12002: platform.Timeout, 12005: platform.Malformed, 12007: platform.UnreachableHost, 12015: platform.Permission, 12029: platform.UnreachableHost,
		12166: platform.Malformed, 12167: platform.UnreachableHost, 12175: platform.UnreachableHost, 12177: platform.Malformed,
		12178: platform.NoMechanism, 12180: platform.NotFound, 12004: platform.Other,
	} {
		if got := scriptProblem(number).Code; got != want {
			t.Errorf("%d: got %s want %s", number, got, want)
		}
	}
	for number, want := range map[uint32]error{0: nil, 2: nil, 5: platform.ErrPermission, 14: &platform.Problem{Code: platform.Other}} {
		if got := settingProblem(number); !errors.Is(got, want) {
			t.Errorf("%d: got %v want %v", number, got, want)
		}
	}
}
