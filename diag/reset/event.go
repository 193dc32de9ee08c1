// Package reset judges who sent a TCP reset, or why a connection died, from
// the transcript of its stream.
//
// It never reads packets itself, and never claims that something between the
// two ends sent a reset unless two independent groups of evidence say so.
package reset

import (
	"faultline/diag/catalog"
	"faultline/diag/tcpflow"
)

// Vantage is where a capture was taken.
type Vantage string

// The vantages. A guess is said as one.
const (
	Guess    Vantage = ""
	AtClient Vantage = "client"
	AtServer Vantage = "server"
	Between  Vantage = "between"
)

// Sender is who sent a reset.
type Sender string

// The senders.
const (
	ByClient    Sender = "client"
	ByServer    Sender = "server"
	ByMiddlebox Sender = "middlebox"
	ByUnknown   Sender = "unknown"
)

// Stage is where in the life of the connection the reset came.
type Stage string

// The stages.
const (
	StageSYN       Stage = "syn"
	StageHandshake Stage = "handshake"
	StageFirstData Stage = "first-data"
	StageData      Stage = "data"
	StageIdle      Stage = "idle"
	StageClosing   Stage = "closing"
)

// Sequence says whether the receiver would have taken the reset
// (RFC 9293 §3.10.7, RFC 5961 §3.2), as far as the observer can know.
type Sequence string

// The answers.
const (
	Exact      Sequence = "exact"
	InWindow   Sequence = "in-window"
	Outside    Sequence = "outside"
	NotDecided Sequence = "unknown"
)

// Group is a kind of evidence. Features of one group are not independent.
type Group string

// The groups.
const (
	Identity      Group = "identity"      // TTL, IP id, DF, flags, options
	InSequence    Group = "sequence"      // acceptability, bursts
	Timing        Group = "timing"        // faster than the path allows
	Contradiction Group = "contradiction" // the alleged sender goes on; both ends were reset
	Context       Group = "context"       // stage, idle time, FIN, alert, zero window
	OnHost        Group = "host"          // what an endpoint itself says
	OtherEnd      Group = "other-end"     // a second capture
)

// Feature is one fact that was weighed.
type Feature struct {
	Name  string         // a stable word: "ttl", "ip-id", "timing", "after", "options", "sequence", "window", "form", "idle", …
	Group Group          //
	Args  map[string]any // the values, for the words
	For   []Sender       // who could have sent it, by this fact; empty: it tells nothing
	Code  catalog.Code   // the verdict that it speaks for, if any
	Bits  float64        // weight, natural log odds; negative speaks against Code
}

// Rejected is a verdict that was considered and left, with the name of the feature
// that speaks against it ("" when none spoke for it).
type Rejected struct {
	Code    catalog.Code
	Feature string
}

// Event is one reset, or one connection that broke without one. Copies and
// the echoes that follow an effective reset belong to it.
type Event struct {
	Code       catalog.Code
	Party      catalog.Party
	Confidence catalog.Confidence
	Sender     Sender
	Stage      Stage
	Sequence   Sequence
	Args       map[string]any // for the words: idle seconds, bytes lost, the other side …
	Stream     int            // tcpflow.Stream.Number
	Segment    int            // index into Transcript.Segments; -1 without a reset
	Frame      int            // 1-based number in the capture; of the decisive packet
	When       int64
	Idle       float64 // seconds of silence before
	Copies     int     // further packets of the same reset
	Echoes     int     // resets that only answer what was under way
	Before     []int   // indexes of the last segments before
	Features   []Feature
	Rejected   []Rejected
	Untested   []string // stable words: what would tell ("other-end", "listener", …)
	Vantage    Vantage
	Guessed    bool // the vantage is a guess
}

// Trouble says that an event is a fault and not a harmless reset.
func (e *Event) Trouble() bool { return e.Party != catalog.NoParty || e.Code == "reset.unknown" }

// Input is what all transcripts of a capture are judged from.
type Input struct {
	Transcripts []tcpflow.Transcript
	Vantage     Vantage
	Dropped     bool                   // the capture says that it missed packets
	Local       func(addr string) bool // whether an address is this machine's; nil: not known
}
