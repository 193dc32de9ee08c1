// Package scene is what the window shows, as data: the fault line, the ladder,
// the verdict card, the recent targets, the settings. It is made from reports
// and events, and knows neither the toolkit nor the operating system.
//
//	breaks.go    where each verdict is drawn
//	chain.go     the fault line of a report
//	ladder.go    the run as it happens, from events
//	tell.go      the verdict card and what is folded under it
//	evidence.go  the recorded calls, and the figures of a healthy target
//	resets.go    what captures show: events, and the card of one
//	lanes.go     the sequence diagram of an event; picture.go what it is drawn of
//	packet.go    what is known of one packet
//	mask.go      stand-ins for names and addresses
//	store.go     what is remembered between starts
//
// It never judges and never draws.
package scene

import "faultline/app"

// Mark is a status: an icon, a word and a color, always together.
type Mark string

// The marks. Each has a word state.<mark> and a drawing status-<mark>.
const (
	Pass    Mark = "pass"
	Fail    Mark = "fail"
	Warn    Mark = "warn"
	Unknown Mark = "unknown"
	Skipped Mark = "skipped"
	Running Mark = "running"
	Waiting Mark = "waiting"
	Note    Mark = "note"
)

// markOf maps a state of the report.
func markOf(s app.State) Mark { return Mark(s) }
