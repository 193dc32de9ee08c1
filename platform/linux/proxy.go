package linux

import (
	"net"
	"strings"

	"faultline/platform/portable"
)

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
func decodeGNOME(b []byte) (s portable.ProxySettings) {
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
		s.HTTP, s.HTTPS, s.SOCKS = server("http", "http"), server("https", "http"), server("socks", "socks5")
		s.Exceptions = quoted(keys["proxy ignore-hosts"])
	case "auto":
		s.Script = text("proxy autoconfig-url")
		s.Discovers = s.Script == ""
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
func decodeKDE(b []byte, env func(name string) string) (s portable.ProxySettings) {
	keys := group(b, "[Proxy Settings]")
	server := func(key string) string { return strings.Replace(keys[key], " ", ":", 1) }
	split := func(r rune) bool { return r == ',' || r == ' ' }
	switch keys["ProxyType"] {
	case kdeManual:
		s.HTTP, s.HTTPS, s.SOCKS = server("httpProxy"), server("httpsProxy"), server("socksProxy")
		s.Exceptions, s.Reversed = strings.FieldsFunc(keys["NoProxyFor"], split), keys["ReversedException"] == "true"
	case kdeScript:
		s.Script = keys["Proxy Config Script"]
	case kdeDiscover:
		s.Discovers = true
	case kdeEnvironment: // the keys name variables
		return portable.ProxyEnvironment(env)
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
