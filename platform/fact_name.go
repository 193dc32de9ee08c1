package platform

import (
	"net/netip"
	"time"
)

// Resolvers is the configuration of name resolution.
type Resolvers struct {
	Servers []Resolver `json:"servers"` // in the order of use
	Search  []string   `json:"search,omitempty" redact:"host"`
	Ndots   int        `json:"ndots,omitempty"`
	Order   []string   `json:"order,omitempty" redact:"plain"` // nsswitch.conf hosts: files, dns, resolve, mdns4_minimal, ...
	// Ends lists the services of Order whose "no such name" ends the search.
	Ends []string `json:"ends,omitempty" redact:"plain"`
	// Options are those of resolv.conf(5) beside ndots: rotate, use-vc, ...
	Options []string `json:"options,omitempty" redact:"plain"`
	Stub    bool     `json:"stub,omitempty"` // Servers are stubs of this machine, which ask Upstream
	// Upstream are the servers that the stubs ask, as their configuration says;
	// Domains of one are those for which alone, or first, it is asked.
	Upstream []Resolver `json:"upstream,omitempty"`
	// Caches names what else on this machine keeps answers: nscd.
	Caches []string `json:"caches,omitempty" redact:"plain"`
	Source string   `json:"source,omitempty" redact:"plain"`
}

// Resolver is one configured name server.
type Resolver struct {
	Addr    netip.AddrPort `json:"addr" redact:"addr"`
	Link    int            `json:"link,omitempty"`                // the adapter that it belongs to; 0: all
	From    string         `json:"from,omitempty" redact:"plain"` // which configuration names it
	Domains []string       `json:"domains,omitempty" redact:"host"`
	Only    bool           `json:"only,omitempty"` // it is asked for names within Domains alone
	// Encrypted is EncryptionRequired or EncryptionPreferred where the system asks
	// it over HTTPS (RFC 8484); "": in plain, or not known.
	Encrypted string `json:"encrypted,omitempty" redact:"plain"`
}

// Values of Resolver.Encrypted.
const (
	EncryptionRequired  = "required"  // never in plain
	EncryptionPreferred = "preferred" // in plain where that fails
)

// HostsAsk asks what the hosts file says of a name.
type HostsAsk struct {
	Name string `json:"name" redact:"host"`
}

// HostsAnswer is what the hosts file says of a name; no addresses, no entry.
type HostsAnswer struct {
	Path      string       `json:"path,omitempty" redact:"plain"`
	Addresses []netip.Addr `json:"addresses,omitempty" redact:"addr"`
}

// NameAsk asks the system for the addresses of a name.
type NameAsk struct {
	Name string `json:"name" redact:"host"`
	N    int    `json:"n,omitempty"`
}

// NameAnswer is the system's own answer, in the order in which programs would
// use the addresses (RFC 6724).
type NameAnswer struct {
	Addresses []netip.Addr  `json:"addresses,omitempty" redact:"addr"`
	Canonical string        `json:"canonical,omitempty" redact:"host"`
	Via       string        `json:"via,omitempty" redact:"plain"`
	Waited    time.Duration `json:"waited,omitempty"`
	// DNS is how the system's own query of DNS alone ended beside this: NOERROR,
	// NODATA, NXDOMAIN, SERVFAIL, ...; "": not asked, or not told.
	DNS string `json:"dns,omitempty" redact:"plain"`
}

// DNSAsk is one question to one server.
type DNSAsk struct {
	Server    netip.AddrPort `json:"server" redact:"addr"`
	Name      string         `json:"name" redact:"host"`
	Type      string         `json:"type" redact:"plain"`      // A, AAAA, SOA, NS
	Transport string         `json:"transport" redact:"plain"` // udp, tcp
	CD        bool           `json:"cd,omitempty"`             // checking disabled (RFC 4035 §3.2.2)
	N         int            `json:"n,omitempty"`
}

// DNSAnswer is a server's response, or how its silence was measured (with
// ErrTimeout). ErrRefused means ICMP port unreachable or a TCP reset;
// ErrMalformed that what came back could not be understood.
type DNSAnswer struct {
	RCode     string        `json:"rcode,omitempty" redact:"plain"` // NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...
	Truncated bool          `json:"truncated,omitempty"`
	Recursion bool          `json:"recursion,omitempty"`
	Records   []DNSRecord   `json:"records,omitempty"`
	Authority []DNSRecord   `json:"authority,omitempty"`
	Extended  []DNSExtended `json:"extended,omitempty"`
	Sent      int           `json:"sent"`                // datagrams, or connection attempts
	Connected bool          `json:"connected,omitempty"` // over TCP: the connection opened
	Waited    time.Duration `json:"waited"`
	Bytes     int           `json:"bytes,omitempty"`
	ICMP      *ICMP         `json:"icmp,omitempty"`
}

// DNSRecord is one resource record; Addr is set for A and AAAA, Text holds the
// target of CNAME, NS and SOA.
type DNSRecord struct {
	Name string     `json:"name" redact:"host"`
	Type string     `json:"type" redact:"plain"`
	TTL  uint32     `json:"ttl"`
	Addr netip.Addr `json:"addr,omitzero" redact:"addr"`
	Text string     `json:"text,omitempty" redact:"host"`
}

// DNSExtended is an extended DNS error (RFC 8914).
type DNSExtended struct {
	Code int    `json:"code"`
	Text string `json:"text,omitempty" redact:"text"`
}
