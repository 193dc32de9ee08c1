package diag

import (
	"net/netip"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Limits of a name in text form (RFC 1035 section 2.3.4, less the length
// octets and the root), and of a zone (Linux has 15, Windows numbers).
const (
	maxName  = 253
	maxLabel = 63
	maxZone  = 32
)

// targetIDNA is idna.Lookup, except that it lets pass what real hosts are called:
// underscores, and hyphens in the third and fourth place.
var targetIDNA = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false),
	idna.StrictDomainName(false), idna.CheckHyphens(false))

var (
	hostName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_-]+)*$`)
	// endsInNumber is how the URL standard tells an IPv4 address in whatever
	// form from a name (url.spec.whatwg.org, "ends in a number").
	endsInNumber = regexp.MustCompile(`(^|\.)([0-9]+|0x[0-9a-f]*)$`)
	zoneName     = regexp.MustCompile(`^[A-Za-z0-9._~-]+$`)
)

// setHost reads a host: a name, or an address with or without brackets.
func (t *Target) setHost(s string, url bool) *TargetError {
	if strings.HasPrefix(s, "[") || strings.Contains(s, ":") {
		return t.setIPv6(s, url)
	}
	ascii, err := targetIDNA.ToASCII(s)
	if err != nil {
		return targetError(NameInvalid, s)
	}
	name, rooted := strings.CutSuffix(ascii, ".")
	if a, err := netip.ParseAddr(name); err == nil {
		return t.setAddr(a, s)
	}
	if endsInNumber.MatchString(name) {
		return targetError(AddressOdd, s)
	}
	if code := nameFault(name); code != "" {
		return targetError(code, s)
	}
	t.Host, t.Rooted, t.Unicode = name, rooted, readable(name)
	return nil
}

// nameFault returns the code of what is wrong with a name in ASCII.
func nameFault(name string) string {
	switch {
	case !hostName.MatchString(name):
		return NameInvalid
	case len(name) > maxName:
		return NameTooLong
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) > maxLabel {
			return LabelTooLong
		}
	}
	return ""
}

// readable is the Unicode form of a name, or "" when it is the same, would not
// lead back to the name, or holds what could be taken for something else.
func readable(name string) string {
	u, err := targetIDNA.ToUnicode(name)
	if err != nil || u == name || strings.ContainsFunc(u, isSymbol) {
		return ""
	}
	if back, err := targetIDNA.ToASCII(u); err != nil || back != name {
		return ""
	}
	return u
}

func isSymbol(r rune) bool {
	return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && !strings.ContainsRune("-_.", r)
}

// setIPv6 reads an address, in brackets or not, with its zone.
func (t *Target) setIPv6(s string, url bool) *TargetError {
	text := s
	if inner, ok := strings.CutPrefix(text, "["); ok {
		if text, ok = strings.CutSuffix(inner, "]"); !ok {
			return targetError(AddressInvalid, s)
		}
	}
	text, zone, zoned := strings.Cut(text, "%")
	a, err := netip.ParseAddr(text)
	if err != nil {
		return targetError(AddressInvalid, s)
	}
	if a = a.Unmap(); zoned {
		if !a.Is6() || !a.IsLinkLocalUnicast() || len(zone) > maxZone || !zoneName.MatchString(zone) {
			return targetError(AddressZone, s)
		}
		a = a.WithZone(plainZone(zone, url))
	} else if a.Is6() && a.IsLinkLocalUnicast() {
		return targetError(AddressZoneless, s)
	}
	return t.setAddr(a, s)
}

// plainZone undoes the escaping of "%" in a URL (RFC 6874 section 2). Outside
// of one, %25 is also the 25th adapter of a Windows machine.
func plainZone(zone string, url bool) string {
	if after, ok := strings.CutPrefix(zone, "25"); ok && url && after != "" {
		zone = after
	}
	for {
		after, ok := strings.CutPrefix(zone, "25")
		if !ok || after == "" || !unicode.IsLetter(rune(after[0])) {
			return zone
		}
		zone = after
	}
}

// setAddr takes the address of one host; s is how it was written.
func (t *Target) setAddr(a netip.Addr, s string) *TargetError {
	switch {
	case a.IsUnspecified():
		return targetError(AddressUnspecified, s)
	case a.IsMulticast():
		return targetError(AddressMulticast, s)
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return targetError(AddressBroadcast, s)
	}
	t.Addr = a
	return nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
