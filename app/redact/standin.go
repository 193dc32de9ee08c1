package redact

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// shown is how many stand-ins of one kind there are before they repeat.
const shown = 254

// give returns the stand-in of a value, the n-th of its kind when it is new.
func (r *Redactor) give(kind, value string, form func(n int) string) string {
	key := kind + " " + value
	if stand, ok := r.given[key]; ok {
		return stand
	}
	r.count[kind]++
	stand := form(r.count[kind])
	r.given[key] = stand
	return stand
}

func (r *Redactor) name(class, s string) string {
	stand := r.give(class, s, func(n int) string { return fmt.Sprintf("%s-%d", class, n) })
	r.names[s] = stand
	return stand
}

// host replaces a name, or an address that stands for one. A port stays.
func (r *Redactor) host(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return r.addr(a)
	}
	if a, err := netip.ParseAddrPort(s); err == nil {
		return netip.AddrPortFrom(r.standIn(a.Addr()), a.Port()).String()
	}
	lower := strings.ToLower(strings.TrimSuffix(s, "."))
	if lower == "localhost" || strings.HasSuffix(lower, ".example") || lower == "example.com" || strings.HasSuffix(lower, ".invalid") {
		return s // ours, or nobody's (RFC 2606)
	}
	stand := r.give("host", lower, func(n int) string { return fmt.Sprintf("host-%d.example", n) })
	r.names[s] = stand
	return stand
}

func (r *Redactor) mac(s string) string {
	if strings.Trim(s, "0:-") == "" || strings.Trim(s, "fF:-") == "" {
		return s
	}
	plain := strings.ToLower(strings.ReplaceAll(s, "-", ":"))
	return r.give("mac", plain, func(n int) string { return fmt.Sprintf("02:00:5e:00:%02x:%02x", n>>8&0xFF, n&0xFF) })
}

func (r *Redactor) addr(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return r.standIn(a).String()
}

// ranges are where the stand-ins of an address come from, so that what kind of
// address it is stays visible. The first that fits counts.
var ranges = []struct {
	kind string
	fits func(netip.Addr) bool
	form string
}{
	{"link-local IPv4", func(a netip.Addr) bool { return a.Is4() && a.IsLinkLocalUnicast() }, "169.254.0.%d"},
	{"link-local IPv6", netip.Addr.IsLinkLocalUnicast, "fe80::%x"},
	{"private IPv4", func(a netip.Addr) bool { return a.Is4() && a.IsPrivate() }, "10.0.0.%d"},
	{"private IPv6", netip.Addr.IsPrivate, "fd00::%x"},
	{"IPv4", netip.Addr.Is4, "192.0.2.%d"},
	{"IPv6", netip.Addr.IsValid, "2001:db8::%x"},
}

// standIn replaces an address. What tells nothing stays: loopback, unspecified,
// multicast, all.
func (r *Redactor) standIn(a netip.Addr) netip.Addr {
	a = a.Unmap()
	zone := a.Zone()
	bare := a.WithZone("")
	if bare.IsLoopback() || bare.IsUnspecified() || bare.IsMulticast() || bare == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return bare
	}
	for _, range_ := range ranges {
		if !range_.fits(bare) {
			continue
		}
		stand := r.give(range_.kind, bare.String(), func(n int) string { return fmt.Sprintf(range_.form, (n-1)%shown+1) })
		out, err := netip.ParseAddr(stand)
		if err != nil {
			return netip.Addr{}
		}
		if zone != "" {
			return out.WithZone(r.name("link", zone))
		}
		return out
	}
	return netip.Addr{}
}

var (
	macForm  = regexp.MustCompile(`(?i)\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b`)
	sixForm  = regexp.MustCompile(`(?i)(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}`)
	fourForm = regexp.MustCompile(`\b(?:\d{1,3}\.){3}\d{1,3}\b`)
	nameForm = regexp.MustCompile(`(?i)\b[a-z0-9_](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\b`)
	homeForm = regexp.MustCompile(`(?i)((?:\\users\\|/home/|/users/))[^\\/\s"']+`)
)

// free replaces in a text what it knows, and what has the form of an address, a
// name or somebody's folder.
func (r *Redactor) free(s string) string {
	known := slices.SortedFunc(maps.Keys(r.names), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	for _, name := range known {
		if len(name) > 2 {
			s = strings.ReplaceAll(s, name, r.names[name])
		}
	}
	s = homeForm.ReplaceAllString(s, "${1}user")
	s = macForm.ReplaceAllStringFunc(s, r.mac)
	s = sixForm.ReplaceAllStringFunc(s, r.found)
	s = fourForm.ReplaceAllStringFunc(s, r.found)
	return nameForm.ReplaceAllStringFunc(s, func(name string) string {
		if _, err := netip.ParseAddr(name); err == nil {
			return name
		}
		return r.host(name)
	})
}

// found replaces an address in a text, unless it is a stand-in already.
func (r *Redactor) found(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return s
	}
	for _, stand := range r.given {
		if stand == s {
			return s
		}
	}
	return r.addr(a)
}
