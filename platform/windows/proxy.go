package windows

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"faultline/platform"
	"faultline/platform/portable"
)

// Bounds of what a setting, or a script from the network, may say, in bytes.
const (
	maxProxyList = 16 << 10
	maxScriptURL = 2083 // INTERNET_MAX_URL_LENGTH of wininet.h, without the end mark that it counts
)

// Error numbers of winhttp.h that say how the search for a script, or the run of
// one, ended.
const (
	winhttpTimeout              = 12002
	winhttpInvalidURL           = 12005
	winhttpUnrecognizedScheme   = 12006
	winhttpNameNotResolved      = 12007
	winhttpLoginFailure         = 12015
	winhttpCannotConnect        = 12029
	winhttpConnectionError      = 12030
	winhttpSecureFailure        = 12175
	winhttpBadScript            = 12166
	winhttpUnableToDownload     = 12167
	winhttpUnhandledScriptType  = 12176
	winhttpScriptExecutionError = 12177
	winhttpServiceError         = 12178
	winhttpAutodetectionFailed  = 12180
)

// errNoScript says that WPAD finds no script, which is how most networks are.
var errNoScript = &platform.Problem{Code: platform.NotFound, Text: "WPAD finds no script"}

// scriptProblem gives an error number of WinHTTP its meaning.
func scriptProblem(number uint32) *platform.Problem {
	code, text := platform.Other, "the script was not run"
	switch number {
	case winhttpAutodetectionFailed:
		return errNoScript
	case winhttpLoginFailure:
		code, text = platform.Permission, "the server of the script asks for a sign-in"
	case winhttpTimeout:
		code, text = platform.Timeout, "the script did not come in time"
	case winhttpUnableToDownload, winhttpNameNotResolved, winhttpCannotConnect, winhttpConnectionError, winhttpSecureFailure:
		code, text = platform.UnreachableHost, "the script cannot be fetched"
	case winhttpInvalidURL, winhttpUnrecognizedScheme, winhttpBadScript, winhttpScriptExecutionError, winhttpUnhandledScriptType:
		code, text = platform.Malformed, "the script cannot be run"
	case winhttpServiceError:
		code, text = platform.NoMechanism, "the service that runs scripts failed"
	}
	return &platform.Problem{Code: code, Text: text}
}

// errorFileNotFound is how WinHttpGetIEProxyConfigForCurrentUser says that the
// user has no setting, as those have who never logged on (learn.microsoft.com).
const errorFileNotFound = 2

// settingProblem is the problem of a setting that was not read; a user who has
// none is not one.
func settingProblem(number uint32) error {
	if number == 0 || number == errorFileNotFound {
		return nil
	}
	return fmt.Errorf("reading the user's proxy setting: %w", systemProblem(number))
}

// userProxy is what WINHTTP_CURRENT_USER_IE_PROXY_CONFIG of winhttp.h holds: the
// settings that browsers and most programs of a user follow.
type userProxy struct {
	Detects bool
	Script  string
	Proxy   string
	Bypass  string
}

// scripts looks for scripts and runs them; a live machine has WinHTTP do both.
type scripts struct {
	// find returns where WPAD finds a script.
	find func() (string, error)
	// run returns which proxies a script chooses, as WINHTTP_PROXY_INFO has them;
	// "" is none.
	run func(script string) (string, error)
}

// source is what the user's setting says of a target, in the order of WinINET:
// a script that is found, one that is named, proxies that are named. Where the
// search for a script came to no end, nothing is known of what comes after it.
func (u userProxy) source(from string, q platform.ProxyAsk, s scripts) (platform.ProxySource, bool) {
	src := platform.ProxySource{From: from}
	if u.Detects {
		found, err := s.find()
		if err != nil && !errors.Is(err, errNoScript) {
			src.Discovers = true
			return src, true
		}
		if found = scriptURL(found); err == nil && found != "" {
			src.Discovers = true
			return chosen(src, found, q, s), true
		}
	}
	if script := scriptURL(u.Script); script != "" {
		return chosen(src, script, q, s), true
	}
	return static(src, u.Proxy, u.Bypass, q)
}

// chosen completes a source by what a script chooses; by nothing where that is
// not known.
func chosen(src platform.ProxySource, script string, q platform.ProxyAsk, s scripts) platform.ProxySource {
	src.Script = portable.WithoutSecrets(script)
	answer, err := s.run(script)
	if err != nil {
		return src
	}
	if strings.TrimSpace(answer) == "" {
		answer = "DIRECT"
	}
	src.Proxy, src.Bypassed = firstWay(answer, q.Scheme)
	return src
}

// static completes a source by proxies that are named.
func static(src platform.ProxySource, list, bypass string, q platform.ProxyAsk) (platform.ProxySource, bool) {
	p, _ := firstWay(list, q.Scheme)
	if p == nil {
		return src, false
	}
	if src.Bypassed = bypassed(bypass, q); !src.Bypassed {
		src.Proxy = p
	}
	return src, true
}

// scriptURL is the address of a script as it may be used, "" for none. WPAD is
// answered by whoever is on the network: a line end alone, and worse, was seen.
func scriptURL(s string) string {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil || len(s) > maxScriptURL || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// separated splits a list as WinHTTP and WinINET write it.
func separated(list string) []string {
	list = list[:min(len(list), maxProxyList)]
	return strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ',' || r <= ' ' })
}

// wayWords are the words of a script's answer, with the scheme by which the
// proxy is asked (Netscape, Proxy Auto-Config File Format). Microsoft's own
// SOCKS is version 4.
var wayWords = map[string]string{"PROXY": "http", "HTTP": "http", "HTTPS": "https", "SOCKS": "socks4", "SOCKS4": "socks4", "SOCKS5": "socks5"}

// firstWay returns the first way that a list names for a scheme: a proxy, or
// directly. It reads both what scripts answer ("PROXY a:1; DIRECT") and what
// settings hold ("a:1;b:2", "http=a:1;https=b:2", see WINHTTP_PROXY_INFO).
func firstWay(list, scheme string) (p *platform.Proxy, direct bool) {
	how, socks := "http", ""
	for _, word := range separated(list) {
		if strings.EqualFold(word, "DIRECT") {
			return nil, true
		}
		if by, known := wayWords[strings.ToUpper(word)]; known {
			how = by
			continue
		}
		kind, server, named := strings.Cut(word, "=")
		switch {
		case !named:
			server = word
		case strings.EqualFold(kind, "socks"):
			socks = server
			continue
		case !strings.EqualFold(kind, scheme):
			continue
		}
		if p := proxyAt(how, server); p != nil {
			return p, false
		}
		how = "http"
	}
	return proxyAt("socks4", socks), false
}

// proxyAt reads one proxy, with or without its scheme; nil where it is none.
func proxyAt(how, server string) *platform.Proxy {
	if !strings.Contains(server, "://") {
		server = how + "://" + server
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil
	}
	return portable.ProxyOf(u)
}
