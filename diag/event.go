package diag

import "time"

// EventKind is what an Event tells.
type EventKind string

// The kinds of events.
const (
	CheckStarted EventKind = "started"
	CheckSettled EventKind = "settled"
	TroubleFound EventKind = "trouble"
)

// Event tells what happens in a run while it happens.
type Event struct {
	Kind        EventKind
	Check       ID
	At          time.Duration // since the start of the run
	Observation Observation   // of a settled check
	Judgement   Judgement     // what is known once it has settled
}
