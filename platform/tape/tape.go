// Package tape records any Host into a log of calls, and plays a log as a
// Host: the live machine, a fixture and a bundle from elsewhere are then one
// thing to the engine.
//
// It never asks anything on its own, never judges an answer, and never waits
// when it plays.
package tape

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"faultline/platform"
)

// Line is one call: what was asked, for whom, and what came of it.
type Line struct {
	N       int               `json:"n"`              // from 1, in the order in which calls began
	Of      int               `json:"of,omitempty"`   // for the stop of a tap: the line that armed it
	By      string            `json:"by,omitempty"`   // the check that asked
	Method  string            `json:"m"`              // "links.all"
	At      time.Time         `json:"at,omitzero"`    // when it began
	Took    time.Duration     `json:"took,omitempty"` // until its answer
	Ask     json.RawMessage   `json:"ask,omitempty"`
	Answer  json.RawMessage   `json:"answer,omitempty"`
	Problem *platform.Problem `json:"problem,omitempty"`
	Cut     bool              `json:"cut,omitempty"`     // too large to record
	Packets *PacketsRef       `json:"packets,omitempty"` // for packets.capture
}

// PacketsRef says which packets of a capture file a packets.capture yielded:
// of the records First to Last, numbered from 1, those on the interfaces named.
type PacketsRef struct {
	File   string         `json:"packets"`
	Ifaces map[int]uint16 `json:"ifaces,omitempty"` // interface of the file → the source's number for it
	First  int            `json:"first,omitempty"`
	Last   int            `json:"last,omitempty"` // 0: no packet came
	Lost   uint64         `json:"lost"`           // dropped before they reached us
}

// The most that a record may hold. The engine makes a few hundred calls; what
// exceeds these is a mistake or an attack.
const (
	maxAnswer  = 1 << 20
	maxAsk     = 64 << 10
	maxProblem = 4 << 10
	maxLine    = maxAnswer + maxAsk + 6*maxProblem + 4<<10 // a byte of text takes up to six in JSON
	maxLines   = 100_000
	maxBytes   = 256 << 20
	maxDepth   = 64
)

// Log holds the calls that a recorded host has answered. It is safe for
// concurrent use.
type Log struct {
	now func() time.Time

	mu      sync.Mutex
	last    int
	lines   []Line
	packets *packetFile
}

// Lines returns the calls that have been answered, in the order in which they
// began. Calls still running are not among them; their numbers are missing.
// The JSON in the lines is shared and must not be written to.
func (l *Log) Lines() []Line {
	l.mu.Lock()
	lines := slices.Clone(l.lines)
	l.mu.Unlock()
	slices.SortFunc(lines, func(a, b Line) int { return a.N - b.N })
	return lines
}

// Asked returns the methods that a caller (platform.WithCaller) called.
func Asked(lines []Line, by string) (methods []string) {
	for _, line := range lines {
		if line.By == by && !slices.Contains(methods, line.Method) {
			methods = append(methods, line.Method)
		}
	}
	return methods
}

// begin gives a call its number when it begins, so that the order of the
// numbers does not depend on which answer is quicker.
func (l *Log) begin() (n int, at time.Time) {
	at = l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	return l.last, at
}

func (l *Log) end(line Line) {
	line.Took = l.now().Sub(line.At)
	line.At = line.At.Round(0) // the monotonic reading does not survive JSON
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}
