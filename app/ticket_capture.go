package app

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"faultline/app/text"
	"faultline/diag"
)

// captureTicket is the text for whoever acts on a capture: facts only, at most
// 25 lines.
func captureTicket(r *Report, e *Reset, w *text.Words) string {
	t := &lines{words: w}
	t.say("capture", diag.Args{"file": r.Capture.File, "n": r.Capture.Packets, "streams": r.Capture.Streams})
	if r.Capture.Problem != "" {
		t.add(r.Capture.Problem)
	}
	t.say("time", diag.Args{"time": r.Started})
	if e != nil {
		t.say("stream", diag.Args{"client": e.Stream.Client, "server": e.Stream.Server, "at": e.At.Format("2006-01-02T15:04:05.000000Z07:00"), "frame": e.Frame})
	}
	t.say("verdict", diag.Args{"code": string(r.Verdict.Code), "confidence": confidence(*r, w)})
	t.add(r.Verdict.Summary)
	if r.Verdict.Who != "" {
		t.say("party", diag.Args{"party": r.Verdict.Who})
	}
	if e != nil {
		t.weighed(e)
		t.say("filter", nil)
		t.add(e.Around)
	}
	t.alternatives("rejected", rejectedTitles(*r, w))
	t.alternatives("untested", untestedTexts(*r))
	t.say("tool", diag.Args{"version": r.Tool.Version, "os": r.Tool.OS})
	return strings.Join(t.all, "\n")
}

// weighed lists the features that weigh most.
func (l *lines) weighed(e *Reset) {
	if len(e.Features) == 0 {
		return
	}
	l.say("evidence", nil)
	byWeight := slices.Clone(e.Features)
	slices.SortStableFunc(byWeight, func(x, y Feature) int { return cmp.Compare(math.Abs(y.Bits), math.Abs(x.Bits)) })
	for _, f := range byWeight[:min(ticketEvidence, len(byWeight))] {
		l.add("- " + f.Title + l.words.Say("cli.colon", nil) + f.Value)
	}
}
