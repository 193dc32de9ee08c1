package portable

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"faultline/platform"
)

// ProxySettings are what one source holds, whatever the target.
type ProxySettings struct {
	HTTP, HTTPS, SOCKS string // as URLs, or host:port
	Exceptions         []string
	Reversed           bool // KDE: only the exceptions take the proxy
	Script             string
	Discovers          bool
}

// Source evaluates the settings for a target; false where they say nothing of
// it. How exceptions are written differs from program to program: what is here
// follows curl, which takes ".example" for the domain itself too.
func (s ProxySettings) Source(from string, q platform.ProxyAsk) (platform.ProxySource, bool) {
	src := platform.ProxySource{From: from, Script: WithoutSecrets(s.Script), Discovers: s.Discovers}
	set := httpproxy.Config{HTTPProxy: first(s.HTTP, s.SOCKS), HTTPSProxy: first(s.HTTPS, s.SOCKS)}
	u := &url.URL{Scheme: q.Scheme, Host: net.JoinHostPort(q.Host, strconv.Itoa(int(q.Port)))}
	all, err := set.ProxyFunc()(u)
	if err != nil || all == nil {
		return src, src.Script != "" || src.Discovers
	}
	set.NoProxy = strings.Join(exceptions(s.Exceptions, q.Host), ",")
	used, _ := set.ProxyFunc()(u)
	if (used == nil) != s.Reversed {
		src.Bypassed = true
		return src, true
	}
	src.Proxy = ProxyOf(all)
	return src, src.Proxy != nil
}

// exceptions writes the exceptions as the library takes them. "<local>" stands
// for names without a dot.
func exceptions(all []string, host string) (out []string) {
	for _, e := range all {
		switch e = strings.TrimSpace(e); {
		case e == "<local>" && !strings.ContainsAny(host, ".:"):
			return []string{"*"}
		case e == "*":
			return []string{"*"}
		}
		out = append(out, strings.TrimPrefix(strings.TrimPrefix(e, "*"), "."))
	}
	return out
}

// ProxyOf keeps of a proxy's URL what the diagnosis needs.
func ProxyOf(u *url.URL) *platform.Proxy {
	p := &platform.Proxy{Scheme: strings.ToLower(u.Scheme), Host: u.Hostname(), HasCredentials: u.User != nil}
	usual := map[string]uint16{"http": 80, "https": 443, "socks5": 1080}
	if strings.HasPrefix(p.Scheme, "socks") && p.Scheme != "socks4" && p.Scheme != "socks4a" {
		p.Scheme = "socks5"
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if p.Port = uint16(port); err != nil || port == 0 {
		p.Port = usual[p.Scheme]
	}
	if p.Host == "" || p.Port == 0 || len(p.Host) > 253 {
		return nil
	}
	return p
}

// WithoutSecrets takes user and password off a URL.
func WithoutSecrets(s string) string {
	u, err := url.Parse(s)
	if s == "" || err != nil || u.Host == "" {
		return ""
	}
	u.User, u.Fragment = nil, ""
	return u.String()
}

func first(values ...string) string {
	i := slices.IndexFunc(values, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return values[i]
}

// ProxyEnvironment reads the variables that curl, wget and most libraries read.
// curl ignores HTTP_PROXY in capitals, and others do not.
func ProxyEnvironment(get func(name string) string) ProxySettings {
	either := func(name string) string { return first(get(name), get(strings.ToUpper(name))) }
	split := func(r rune) bool { return r == ',' || r == ' ' || r == ';' }
	return ProxySettings{
		HTTP: first(either("http_proxy"), either("all_proxy")), HTTPS: first(either("https_proxy"), either("all_proxy")),
		Exceptions: strings.FieldsFunc(either("no_proxy"), split),
	}
}
