package app

import (
	"encoding/json"
	"net/netip"
	"slices"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// ReportSchema names the form of a Report.
const ReportSchema = "faultline/report/1"

// Report is what a diagnosis tells, for people and for programs: the JSON
// document of the command line. Keys are stable; new ones may be added. Lists
// are never null.
type Report struct {
	Schema   string     `json:"schema"`
	Tool     Tool       `json:"tool"`
	Started  time.Time  `json:"started"`
	Seconds  float64    `json:"seconds"`
	Canceled bool       `json:"canceled"`
	Target   Target     `json:"target"`
	Verdict  Verdict    `json:"verdict"`
	Chain    []Joint    `json:"chain"`
	Notes    []Note     `json:"notes"`
	Checks   []Check    `json:"checks"`
	Evidence []Evidence `json:"evidence"`
	Sent     []Sent     `json:"sent"`
	Resets   []Reset    `json:"resets"`
	Changes  []Change   `json:"changes"`
	// Of captures only: the connections that broke without a reset, the totals
	// of all files and of each, and the streams.
	Breaks   []Reset   `json:"breaks"`
	Capture  *Capture  `json:"capture,omitzero"`
	Captures []Capture `json:"captures"`
	Streams  []Flow    `json:"streams"`
	// Of two captures of the same traffic only: what both tell together.
	Compare *Compared `json:"compare,omitzero"`
	// Broken lists parts of the program that failed by a fault of its own.
	Broken []string `json:"broken"`
}

// Tool says which program looked, and where and as whom it did.
type Tool struct {
	Version  string `json:"version"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
	Elevated bool   `json:"elevated"`
}

// Target is what was asked for, without credentials, path and query.
type Target struct {
	Given     string       `json:"given"`
	Host      string       `json:"host"`
	Port      int          `json:"port"` // 0: none was named
	Scheme    string       `json:"scheme"`
	Addresses []netip.Addr `json:"addresses"`
}

// Verdict is the one thing that is told, with its reasons.
type Verdict struct {
	Code       catalog.Code  `json:"code"`
	Layer      catalog.Layer `json:"layer"`
	Party      catalog.Party `json:"party"`
	Who        string        `json:"who"` // who has to act; "" when nobody has
	Confidence string        `json:"confidence"`
	Summary    string        `json:"summary"`
	Because    []string      `json:"because"`
	Rejected   []Rejected    `json:"rejected"`
	Untested   []Untested    `json:"untested"`
	// Untried: it rests on ways of looking that were never tried on the system
	// that they are for.
	Untried *Untried `json:"untried,omitempty"`
	Next    []Step   `json:"next"`
	Contact string   `json:"contact"`
}

// Rejected is an alternative that was considered, and why it is not the cause.
type Rejected struct {
	Code    catalog.Code `json:"code"`
	Why     string       `json:"why"`
	Because []string     `json:"because"`
}

// Untested is what stayed open, and how it could be settled.
type Untested struct {
	What string `json:"what"`
	Why  string `json:"why"`
	How  string `json:"how"`
}

// Untried names the methods of the port that were never run on the system that
// they are for.
type Untried struct {
	Methods []string `json:"methods"`
}

// Step is one thing to do. Action names what a program can do about it.
type Step struct {
	Text   string `json:"text"`
	Who    string `json:"who"` // you, helpdesk, or a party
	Action string `json:"action"`
}

// Note is something seen that does not decide.
type Note struct {
	Code    catalog.Code `json:"code"`
	Summary string       `json:"summary"`
	Because []string     `json:"because"`
}

// State is what a check's line says at a glance.
type State string

// The states of a check.
const (
	Pass    State = "pass"
	Fail    State = "fail"
	Warn    State = "warn"
	Unknown State = "unknown"
	Skipped State = "skipped"
)

// Check is one line of what was looked at.
type Check struct {
	ID       diag.ID       `json:"id"`
	Layer    catalog.Layer `json:"layer"`
	State    State         `json:"state"`
	Seconds  float64       `json:"seconds"`
	Summary  string        `json:"summary"`
	Evidence []string      `json:"evidence"`
}

// Evidence is one recorded call.
type Evidence struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"` // the method of the port
	Check     diag.ID   `json:"check"`
	At        time.Time `json:"at"`
	Seconds   float64   `json:"seconds"`
	Mechanism string    `json:"mechanism"` // what the program really called
	ByHand    string    `json:"by_hand"`   // what shows the same by hand on that system
	Data      Data      `json:"data"`
}

// Data is a call as it was recorded; bytes of a peer are kept as a length.
type Data struct {
	Ask     json.RawMessage   `json:"ask,omitempty"`
	Answer  json.RawMessage   `json:"answer,omitempty"`
	Problem *platform.Problem `json:"problem,omitempty"`
}

// Sent says how many packets or conversations of one kind went to whom.
type Sent struct {
	Kind  string `json:"kind"` // the method of the port
	To    string `json:"to"`
	Count int    `json:"count"`
}

// Change is one change of the system. A check makes none.
type Change struct{}

// list makes an empty list of none, for JSON.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

func seconds(d time.Duration) float64 { return d.Round(time.Microsecond).Seconds() }

// Exit codes of a diagnosis (and of the program).
const (
	ExitWorks        = 0
	ExitFault        = 1
	ExitUsage        = 2
	ExitInconclusive = 3
	ExitCanceled     = 130
)

// ExitCode returns what the program ends with after this report.
func (r Report) ExitCode() int {
	switch {
	case r.Canceled:
		return ExitCanceled
	case r.Verdict.Code == diag.OK || harmless(r.Verdict.Code):
		return ExitWorks
	case r.Verdict.Code == diag.Inconclusive || r.Verdict.Code == unknownReset:
		return ExitInconclusive
	}
	return ExitFault
}

// harmless says that what a capture shows is no fault.
func harmless(code catalog.Code) bool {
	d := declared()[code]
	return d.FromCaptures && d.Weight == catalog.Notes
}

// Gravest returns the exit code that speaks for several reports.
func Gravest(codes ...int) int {
	for _, code := range []int{ExitCanceled, ExitUsage, ExitFault, ExitInconclusive} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return ExitWorks
}

// Unread says that no capture of the report could be read at all.
func (r Report) Unread() bool {
	return r.Capture != nil && r.Capture.Packets == 0 && r.Capture.Problem != ""
}
