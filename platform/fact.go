package platform

import (
	"encoding/json"
	"time"
)

// Every string, address and byte field of an ask or an answer carries its
// redaction class as the struct tag `redact`:
//
//	addr   an IP address, prefix or address with port
//	host   a DNS or host name
//	mac    a hardware address
//	link   the name of a network adapter
//	user   a user name or number
//	text   free text of the system or of a peer, searched for all of the above
//	bytes  bytes of a peer, kept as a length only
//	plain  a word or number of ours or of a standard; never redacted

// Tri is a statement that may be unknown, which is its zero value.
type Tri int8

// The three values of a statement.
const (
	Unknown Tri = 0
	No      Tri = -1
	Yes     Tri = 1
)

// TriOf makes a known statement of a bool.
func TriOf(b bool) Tri {
	if b {
		return Yes
	}
	return No
}

// String returns unknown, no or yes.
func (t Tri) String() string {
	switch t {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "unknown"
}

// MarshalText writes unknown, no or yes.
func (t Tri) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads yes and no; anything else is unknown.
func (t *Tri) UnmarshalText(b []byte) error {
	*t = map[string]Tri{"yes": Yes, "no": No}[string(b)]
	return nil
}

// Reading asks for a fact that has no argument. Seq is 0 for the first reading
// in a run and counts the later ones.
type Reading struct {
	Seq int `json:"seq"`
}

// SystemFacts says what machine this is and as whom we ask.
type SystemFacts struct {
	OS       string `json:"os" redact:"plain"` // a GOOS value
	Arch     string `json:"arch" redact:"plain"`
	Release  string `json:"release,omitempty" redact:"plain"` // "Debian GNU/Linux 12", "Windows 11 24H2"
	Kernel   string `json:"kernel,omitempty" redact:"plain"`
	User     string `json:"user,omitempty" redact:"user"`
	Elevated bool   `json:"elevated"`
	TimeZone string `json:"time_zone,omitempty" redact:"plain"`
	// Booted is when the system started; zero when that is not known.
	Booted time.Time `json:"booted,omitzero"`
}

// Mechanism says how one method of the port is served on this host.
type Mechanism struct {
	Method string `json:"method" redact:"plain"` // as in the call log: "links.all"
	Via    string `json:"via,omitempty" redact:"plain"`
	// State is works, denied (exists, needs rights), missing (this system has
	// none, or it is switched off) or unsupported (not built for this system).
	State string `json:"state" redact:"plain"`
	Needs string `json:"needs,omitempty" redact:"plain"` // what would enable it
	// Tried tells how far this mechanism was ever tried while it was built; ""
	// is on the system that it is for. What was not may be wrong in ways that
	// nobody saw, so that what it finds is possible at most.
	Tried string `json:"tried,omitempty" redact:"plain"`
	// Faked names the parts of its answers that are made up where this program
	// runs, with commas between them: Wine tells some without having looked. What
	// is left out of an answer for that reason is among them.
	Faked string `json:"faked,omitempty" redact:"plain"`
}

// How far a Mechanism was tried, where not on the system that it is for.
const (
	TriedWine   = "wine"   // its calls under Wine, its decoding with fixtures
	TriedDecode = "decode" // its decoding only, with recorded or made answers
	TriedNever  = "never"  // built from the documents alone
)

// States of a Mechanism.
const (
	MechanismWorks       = "works"
	MechanismDenied      = "denied"
	MechanismMissing     = "missing"
	MechanismUnsupported = "unsupported"
)

// ClockFacts is the time here, and whether something keeps it right.
type ClockFacts struct {
	Wall   time.Time `json:"wall"`
	Synced Tri       `json:"synced"`
	Source string    `json:"source,omitempty" redact:"plain"`
}

// CounterFacts holds counters by the kernel's own names: "Ip.OutDiscards".
type CounterFacts struct {
	Values map[string]uint64 `json:"values" redact:"plain"`
}

// DecisionAsk names a choice of the engine. Proposed is what a live host
// answers with; it is no part of the question.
type DecisionAsk struct {
	Key      string          `json:"key" redact:"plain"`
	Proposed json.RawMessage `json:"-"`
}
