package linux

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"faultline/platform"
)

// proxySettings are what one source holds, whatever the target.
type proxySettings struct {
	http, https, socks string // as URLs, or host:port
	exceptions         []string
	reversed           bool // KDE: only the exceptions take the proxy
	script             string
	discovers          bool
}

// source evaluates the settings for a target; false where they say nothing of
// it. How exceptions are written differs from program to program: what is here
// follows curl, which takes ".example" for the domain itself too.
func (s proxySettings) source(from string, q platform.ProxyAsk) (platform.ProxySource, bool) {
	src := platform.ProxySource{From: from, Script: withoutSecrets(s.script), Discovers: s.discovers}
	set := httpproxy.Config{HTTPProxy: first(s.http, s.socks), HTTPSProxy: first(s.https, s.socks)}
	u := &url.URL{Scheme: q.Scheme, Host: net.JoinHostPort(q.Host, strconv.Itoa(int(q.Port)))}
	all, err := set.ProxyFunc()(u)
	if err != nil || all == nil {
		return src, src.Script != "" || src.Discovers
	}
	set.NoProxy = strings.Join(exceptions(s.exceptions, q.Host), ",")
	used, _ := set.ProxyFunc()(u)
	if (used == nil) != s.reversed {
		src.Bypassed = true
		return src, true
	}
	src.Proxy = proxyOf(all)
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

// proxyOf keeps of a proxy's URL what the diagnosis needs.
func proxyOf(u *url.URL) *platform.Proxy {
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

// withoutSecrets takes user and password off a URL.
func withoutSecrets(s string) string {
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

// environment reads the variables that curl, wget and most libraries read.
// curl ignores HTTP_PROXY in capitals, and others do not.
func environment(get func(name string) string) proxySettings {
	either := func(name string) string { return first(get(name), get(strings.ToUpper(name))) }
	split := func(r rune) bool { return r == ',' || r == ' ' || r == ';' }
	return proxySettings{
		http: first(either("http_proxy"), either("all_proxy")), https: first(either("https_proxy"), either("all_proxy")),
		exceptions: strings.FieldsFunc(either("no_proxy"), split),
	}
}

// decodeEnvironment reads environment(5) as pam_env(8) does: NAME=value, with
// or without quotes and "export".
func decodeEnvironment(b []byte) func(name string) string {
	vars := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if ok {
			vars[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
	}
	return func(name string) string { return vars[name] }
}

// decodeGNOME reads what gsettings list-recursively prints of
// org.gnome.system.proxy: schema, key and value in GVariant text.
func decodeGNOME(b []byte) (s proxySettings) {
	keys := map[string]string{}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if len(f) == 3 {
			keys[strings.TrimPrefix(f[0], "org.gnome.system.")+" "+f[1]] = f[2]
		}
	}
	text := func(key string) string { return strings.Trim(keys[key], `'"`) }
	server := func(part, scheme string) string {
		host, port := text("proxy."+part+" host"), text("proxy."+part+" port")
		if host == "" || port == "0" || port == "" {
			return ""
		}
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	switch text("proxy mode") {
	case "manual":
		s.http, s.https, s.socks = server("http", "http"), server("https", "http"), server("socks", "socks5")
		s.exceptions = quoted(keys["proxy ignore-hosts"])
	case "auto":
		s.script = text("proxy autoconfig-url")
		s.discovers = s.script == ""
	}
	return s
}

// quoted reads a list of strings in GVariant text: ['a', 'b'].
func quoted(s string) (out []string) {
	for _, e := range strings.Split(strings.Trim(strings.TrimPrefix(s, "@as "), "[]"), ",") {
		if e = strings.Trim(strings.TrimSpace(e), `'"`); e != "" {
			out = append(out, e)
		}
	}
	return out
}

// The types of a proxy in KDE's kioslaverc.
const (
	kdeManual      = "1"
	kdeScript      = "2"
	kdeDiscover    = "3"
	kdeEnvironment = "4"
)

// decodeKDE reads the group "Proxy Settings" of kioslaverc. A proxy is written
// with a space before its port.
func decodeKDE(b []byte, env func(name string) string) (s proxySettings) {
	keys := group(b, "[Proxy Settings]")
	server := func(key string) string { return strings.Replace(keys[key], " ", ":", 1) }
	split := func(r rune) bool { return r == ',' || r == ' ' }
	switch keys["ProxyType"] {
	case kdeManual:
		s.http, s.https, s.socks = server("httpProxy"), server("httpsProxy"), server("socksProxy")
		s.exceptions, s.reversed = strings.FieldsFunc(keys["NoProxyFor"], split), keys["ReversedException"] == "true"
	case kdeScript:
		s.script = keys["Proxy Config Script"]
	case kdeDiscover:
		s.discovers = true
	case kdeEnvironment: // the keys name variables
		return environment(env)
	}
	return s
}

func group(b []byte, header string) map[string]string {
	keys, inside := map[string]string{}, false
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			inside = line == header
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok && inside {
			keys[name] = value
		}
	}
	return keys
}
