package diag

import (
	"time"

	"faultline/platform"
)

// ID names a check: its file is check/<id with _ for .>.go.
type ID string

// Outcome is what came of one check. Not knowing is a result.
type Outcome string

// The outcomes.
const (
	Observed    Outcome = "observed"
	Unsupported Outcome = "unsupported"  // this host has no mechanism for it
	Denied      Outcome = "denied"       // the mechanism needs rights that we lack
	TimedOut    Outcome = "timed-out"    // no answer in the check's time
	Skipped     Outcome = "skipped"      // what it needs is missing, or the user skipped it
	NotNeeded   Outcome = "not-needed"   // the verdict stood without it
	Failed      Outcome = "failed"       // it broke, or the host answered with an error
	NotRecorded Outcome = "not-recorded" // a replay whose record lacks it
	Canceled    Outcome = "canceled"     // the user ended the run
)

// Observation is what came of one check; immutable once settled.
type Observation struct {
	Check   ID
	Outcome Outcome
	Reason  string // why it was skipped or failed: a check's id, or a problem's text
	Problem *platform.Problem
	Began   time.Duration // since the start of the run
	Took    time.Duration
	Data    any  // the check's own type; read it through the check's variable
	Later   any  // the second reading of a passive fact, at the end of the run
	Drifted bool // the second reading differs from the first
}
