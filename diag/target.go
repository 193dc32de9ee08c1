package diag

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

// Target is what the user asked for, cleaned. It never holds credentials, a
// path, a query or a fragment: those can be secrets, and the diagnosis needs
// none of them.
type Target struct {
	// Given is what was typed, as far as it may be kept: scheme, host, port.
	Given string
	// Host is the DNS name in lower-case ASCII without the root's dot; "" for
	// an address.
	Host string
	// Rooted says that the name was typed with the root's dot at its end: the
	// resolver's search list must not be tried.
	Rooted bool
	// Unicode is the name as people read it, when it differs from Host and
	// holds nothing but letters, digits, hyphens and underscores.
	Unicode string
	// Addr is set for a literal, with its zone when it is link-local;
	// IPv4-mapped addresses are unmapped.
	Addr netip.Addr
	// Scheme is what was given, in lower case; "" when none was.
	Scheme string
	// Ports are what to try, in order: the explicit port, else what the scheme
	// or the form (\\server\share, server\instance, user@host) implies, else
	// 443 and 80.
	Ports []uint16
	// Port is the explicit or implied port; 0 for a bare host.
	Port uint16
	// Bare says that neither scheme, form nor port was given: any TCP answer
	// proves the host reachable.
	Bare bool
	// TLS says that the conversation begins with TLS. With a scheme the user
	// said so; without one it is the port's custom, and only for a name, as
	// many servers refuse a handshake that names no server.
	TLS bool
	// HTTP says that HTTP is spoken. Only a scheme says so, never a port.
	HTTP bool
	// Greeting says that the server speaks first on the open connection: by
	// the scheme, else by the port's custom.
	Greeting bool
	// Speaks is the protocol of the scheme, else of the port's custom, where its
	// first words are known; "" for HTTP and for all others. ByCustom says that
	// only the custom says so.
	Speaks   platform.Protocol
	ByCustom bool
	// RootPath says that nothing beyond "/" was named: what a request for "/"
	// meets is what the user's program meets.
	RootPath bool
	// Control is another host, perhaps with a port, that the user named for
	// comparison; "" for none.
	Control string
}

// webPorts are tried on a bare host.
var webPorts = []uint16{443, 80}

// ParseTarget understands what people type and paste: a host, host:port, an
// address, a URL, a share, a database URL, or a sentence that holds exactly
// one of them. Its error is a *TargetError.
func ParseTarget(s string) (Target, error) {
	words, err := tidyWords(s)
	if err == nil {
		var t Target
		if t, err = parseWords(words); err == nil {
			return t, nil
		}
	}
	if mayHoldCredentials(strings.Join(words, " ")) {
		err.Args = nil
	}
	return Target{}, err
}

func parseWords(words []string) (Target, *TargetError) {
	if len(words) == 2 && isDigits(words[1]) && !strings.Contains(words[0], "/") {
		words = []string{words[0] + ":" + words[1]} // as telnet and nc take it
	}
	if len(words) == 1 {
		return parseWord(words[0])
	}
	return pickTarget(words)
}

func parseWord(w string) (Target, *TargetError) {
	p, err := splitWord(trimWord(w))
	if err != nil {
		return Target{}, err
	}
	return buildTarget(p)
}

// buildTarget makes the target of its pieces.
func buildTarget(p pieces) (Target, *TargetError) {
	t := Target{Scheme: strings.ToLower(p.scheme), RootPath: isRoot(p.rest)}
	said, known := schemes[t.Scheme]
	if t.Scheme != "" && !known {
		return t, targetError(SchemeUnknown, p.scheme)
	}
	if err := t.setHost(p.host, p.scheme != ""); err != nil {
		return t, err
	}
	port, err := parsePort(p.port)
	if err != nil {
		return t, err
	}
	if t.Port = port; port == 0 {
		t.Port = max(said.port, p.implied)
	}
	if t.Port == 0 && known {
		return t, targetError(PortNeeded, p.scheme)
	}
	t.setPorts(said)
	t.Given = t.given(p, port)
	return t, nil
}

// setPorts fills in what follows from scheme and port.
func (t *Target) setPorts(said service) {
	if t.Bare = t.Port == 0; t.Bare {
		t.Ports = slices.Clone(webPorts)
		return
	}
	t.Ports = []uint16{t.Port}
	if t.Scheme == "" || t.Scheme == "tcp" {
		custom := customs[t.Port].talk
		t.TLS, t.Greeting = custom&encrypted != 0 && t.Host != "", custom&greets != 0
		if t.TLS == (custom&encrypted != 0) {
			t.Speaks, t.ByCustom = spokenBy[customs[t.Port].name], true
		}
		return
	}
	t.Speaks = spokenBy[t.Scheme]
	t.TLS, t.HTTP, t.Greeting = said.talk&encrypted != 0, said.talk&web != 0, said.talk&greets != 0
}

// given is what was typed, without what must not be kept. A name that IDNA
// changed in more than case is shown as it came out, since what vanished may
// have been invisible.
func (t Target) given(p pieces, port uint16) string {
	host := p.host
	if !isASCII(host) && !strings.EqualFold(strings.TrimSuffix(host, "."), t.Unicode) {
		host = t.hostText()
	}
	if port != 0 {
		host += ":" + strconv.Itoa(int(port))
	}
	return p.lead + host
}

// hostText is the host as people read it: in brackets when it is IPv6.
func (t Target) hostText() string {
	if t.Addr.Is6() {
		return "[" + t.Addr.String() + "]"
	}
	if t.Addr.IsValid() {
		return t.Addr.String()
	}
	name := t.Host
	if t.Unicode != "" {
		name = t.Unicode
	}
	if t.Rooted {
		name += "."
	}
	return name
}

// String writes the target as people would: host:port, IPv6 in brackets, the
// Unicode name; a bare host without port.
func (t Target) String() string {
	if t.Port == 0 {
		return t.hostText()
	}
	return t.hostText() + ":" + strconv.Itoa(int(t.Port))
}

// parsePort reads an explicit port; 0 when there is none. RFC 3986 section
// 3.2.3 allows the colon without a port.
func parsePort(s string) (uint16, *TargetError) {
	if s == "" {
		return 0, nil
	}
	if !isDigits(s) {
		return 0, targetError(PortNumber, s)
	}
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, targetError(PortRange, s)
	}
	return uint16(n), nil
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isRoot reports whether what follows the authority asks for nothing but "/".
// A fragment is never sent.
func isRoot(rest string) bool {
	rest, _, _ = strings.Cut(rest, "#")
	return strings.Trim(rest, `/\`) == ""
}
