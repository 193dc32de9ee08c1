// Package catalog holds the verdict codes as data: how near to this machine
// the cause lies, what each code hides and refines, which rivals it has and
// which claim excludes each, and the highest confidence that it may have.
//
// It is a leaf. It never judges and holds no words for people; those are in
// app/text under the same codes.
package catalog

import "faultline/platform"

// Code names a verdict or a note. Codes are stable: never renamed, never reused.
type Code string

// Layer is where in the stack a code belongs.
type Layer string

// The layers, lowest first. Firewall explains what it replaces.
const (
	NoLayer     Layer = ""
	Link        Layer = "link"
	Address     Layer = "address"
	Route       Layer = "route"
	Neighbor    Layer = "neighbour"
	Name        Layer = "name"
	Path        Layer = "path"
	Transport   Layer = "transport"
	Session     Layer = "session"
	Application Layer = "application"
	Firewall    Layer = "firewall"
)

// Party is where the fault lies, and so who must act.
type Party string

// The parties.
const (
	NoParty  Party = "none"
	Computer Party = "computer"
	LAN      Party = "lan"
	VPN      Party = "vpn"
	ISP      Party = "isp"
	Internet Party = "internet"
	Server   Party = "server"
	Service  Party = "service"
)

// Weight says what a code may decide.
type Weight string

// The weights. A partial code decides when some ways work and some fail; a
// degrading one only when nothing blocks; a note never.
const (
	Blocks   Weight = "blocks"
	Partial  Weight = "partial"
	Degrades Weight = "degrades"
	Notes    Weight = "notes"
)

// Confidence is a word with a rule, see Settle in package diag.
type Confidence int

// The confidences, weakest first.
const (
	NoConfidence Confidence = iota
	Possible
	Likely
	Proven
)

// String returns "", possible, likely or proven.
func (c Confidence) String() string {
	return [...]string{"", "possible", "likely", "proven"}[c]
}

// Claim names a three-valued statement that one judge makes and rivals are
// excluded by.
type Claim string

// Rival is a code that could explain the same symptoms. It is excluded when
// Claim is known to be Excludes; while it is not known, Need names what would
// tell.
type Rival struct {
	Code     Code
	Claim    Claim
	Excludes platform.Tri
	Need     Need
}

// Need names what would make an open rival decidable; app/text has its words.
type Need string

// Decl declares one code.
type Decl struct {
	Code    Code
	Layer   Layer
	Party   Party // the default; a finding may compute another
	Weight  Weight
	Rank    int        // nearness to this machine along the causal chain; smaller is nearer
	Hides   []Code     // consequences of this cause on the same or a narrower way
	Refines Code       // the more general code that this one replaces when both hold
	Cap     Confidence // the highest confidence; 0: proven
	// Tunneled is the highest confidence unless the way is known to lead through
	// no tunnel: within one, what answers or stays silent is the tunnel's doing
	// as much as the path's. 0: it makes no difference.
	Tunneled Confidence
	// Independent says that another independent root on the same way leaves
	// no doubt about this one: both were read off the same thing.
	Independent bool
	Rivals      []Rival
	// FromCaptures says that the code is told by package reset from packets,
	// never by a check or a rule.
	FromCaptures bool
}
