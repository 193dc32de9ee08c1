package windows

import (
	"net"
	"net/netip"
	"strconv"
	"strings"

	"faultline/platform"
)

// bypassed reports whether a list of exceptions, as WinINET takes it
// (INTERNET_PROXY_INFO of wininet.h), sends a target directly. Addresses of
// this machine and of the link go directly unless the list takes that back.
func bypassed(list string, q platform.ProxyAsk) bool {
	implied := ownOrLinkLocal(q.Host)
	for _, entry := range separated(list) {
		switch {
		case strings.EqualFold(entry, "<-loopback>"):
			implied = false
		case strings.EqualFold(entry, "<local>"):
			if !strings.ContainsAny(q.Host, ".:") {
				return true
			}
		case excepts(entry, q):
			return true
		}
	}
	return implied
}

func ownOrLinkLocal(host string) bool {
	if strings.EqualFold(host, "localhost") || strings.EqualFold(host, "loopback") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && (a.IsLoopback() || a.IsLinkLocalUnicast())
}

// excepts reports whether one entry is about the target: a host with stars,
// after a scheme and before a port where it names them.
func excepts(entry string, q platform.ProxyAsk) bool {
	if scheme, rest, named := strings.Cut(entry, "://"); named {
		if !strings.EqualFold(scheme, q.Scheme) {
			return false
		}
		entry = rest
	}
	if host, port, err := net.SplitHostPort(entry); err == nil {
		if port != strconv.Itoa(int(q.Port)) && port != "*" {
			return false
		}
		entry = host
	}
	entry = strings.TrimSuffix(strings.TrimPrefix(entry, "["), "]")
	return fits(strings.ToLower(entry), strings.ToLower(q.Host))
}

// fits compares a text with a pattern in which * stands for anything. It goes
// back to the last star only, which is enough and takes no more than the
// product of both lengths.
func fits(pattern, text string) bool {
	p, t, star, mark := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
