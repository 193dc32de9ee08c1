package diag

import (
	"net/netip"

	"faultline/diag/catalog"
	"faultline/platform"
)

// Ref points at evidence: the calls that a check made, or those of them that
// are about one thing (an address, a server, a name as the ask spells it).
type Ref struct {
	Check ID
	About string
}

// Way is one way to the target: an address, directly or through a proxy. A
// zero Addr covers every address of the family, a zero Way everything.
type Way struct {
	Addr   netip.Addr
	Family Family
	Via    string // "": directly; else the proxy
}

// Family is the address family of a way.
type Family string

// The families.
const (
	AnyFamily Family = ""
	IPv4      Family = "ipv4"
	IPv6      Family = "ipv6"
)

// FamilyOf returns the family of an address.
func FamilyOf(a netip.Addr) Family {
	if a.Unmap().Is4() {
		return IPv4
	}
	return IPv6
}

// WayTo is the direct way to an address.
func WayTo(a netip.Addr) Way { return Way{Addr: a, Family: FamilyOf(a)} }

// Covers reports whether w is the same way as v or a wider one. What holds for a
// whole family holds for the proxies that are reached by it, too.
func (w Way) Covers(v Way) bool {
	return (!w.Addr.IsValid() || w.Addr == v.Addr) &&
		(w.Family == AnyFamily || w.Family == v.Family) && (w.Via == v.Via || w.Via == "" && !w.Addr.IsValid())
}

// Args are the named arguments of a message. Values are string, int,
// time.Duration, time.Time or []string; app/text formats them by type.
type Args map[string]any

// Finding is one thing that a judge or a rule says is so.
type Finding struct {
	Code     catalog.Code
	Way      Way
	Party    catalog.Party // "": the code's default
	Direct   bool          // seen at the place that is spoken of, not inferred
	Args     Args
	Evidence []Ref
	Against  []Ref // evidence that refutes it: it becomes a rejected alternative
}

// Claim is a three-valued statement with its evidence. Unknown needs not be
// made: it is what is not claimed. A claim on a narrower way outranks a wider.
type Claim struct {
	Name     catalog.Claim
	Way      Way
	Value    platform.Tri
	Args     Args // what the claim rests on, for the words of the verdict ok
	Evidence []Ref
}

// Judgement is what one judge or rule says.
type Judgement struct {
	Findings []Finding
	Claims   []Claim
}
