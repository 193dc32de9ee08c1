package app

import (
	"cmp"
	"context"
	"net/netip"
	"slices"

	"faultline/diag/catalog"
	"faultline/diag/join"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// compareLimits are of the packets of one capture: nearly all packets of a
// connection are needed to see which are missing.
var compareLimits = tcpflow.Limits{PerStream: 180_000, Total: 180_000}

// joined is what two captures of the same traffic tell together. Its analyses
// are the client's and the server's, however they were named.
type joined struct {
	join.Comparison
	ends [2]*Analysis
}

// compare reads both captures, and puts them together. The second pass over
// each needs to know what the first found in the other.
func (r *Reading) compare(ctx context.Context) {
	var open [2]*capture
	for i, name := range r.captures.Files {
		a := &Analysis{File: name, Flows: nothing(), Canceled: ctx.Err() != nil}
		r.analyses = append(r.analyses, a)
		if a.Canceled {
			continue
		}
		x, err := openCapture(ctx, name, &r.captures)
		if err != nil {
			a.unopened(ctx, err)
			continue
		}
		defer x.close()
		x.limits = compareLimits
		x.follow(ctx, a)
		open[i] = x
	}
	if open[0] == nil || open[1] == nil || ctx.Err() != nil {
		return
	}
	r.analyses[0].chooseWith(r.analyses[1])
	r.analyses[1].chooseWith(r.analyses[0])
	for i, x := range open {
		x.transcribe(ctx, r.analyses[i])
	}
	if ctx.Err() != nil {
		return
	}
	if r.analyses[0].Flows.Packets > 0 && r.analyses[1].Flows.Packets > 0 {
		r.join()
		return
	}
	r.analyses[0].alone(reset.ByServer)
	r.analyses[1].alone(reset.ByClient)
}

// alone judges a capture beside one that holds no packets: it speaks for itself. What
// it says of the far end, to which nothing seems to have come, is possible at most.
func (a *Analysis) alone(far reset.Sender) {
	a.judge(reset.Guess)
	for i := range a.Events {
		if e := &a.Events[i]; e.Sender == far {
			e.Confidence = min(e.Confidence, catalog.Possible)
		}
	}
}

// join judges each capture from its end, and settles what both tell.
func (r *Reading) join() {
	j := &joined{ends: [2]*Analysis{r.analyses[0], r.analyses[1]}}
	j.Comparison = join.Join(j.ends[0].looked(), j.ends[1].looked())
	if j.Swapped {
		j.ends[0], j.ends[1] = j.ends[1], j.ends[0]
	}
	j.ends[join.AtClient].judge(reset.AtClient)
	j.ends[join.AtServer].judge(reset.AtServer)
	r.joined = j
	j.ends[0].paired, j.ends[1].paired = map[int]bool{}, map[int]bool{}
	for _, p := range j.Pairs {
		j.ends[0].paired[p.Client], j.ends[1].paired[p.Server] = !j.Same, !j.Same
	}
	switch {
	case len(j.Pairs) == 0:
		j.ends[0].Events, j.ends[1].Events = nil, nil // they do not belong together
	case j.Same:
		j.ends[1].Events = nil // once is enough
	default:
		settled := join.Settle(&j.Comparison, [2][]reset.Event{j.ends[0].Events, j.ends[1].Events})
		j.ends[0].Events, j.ends[1].Events = settled[0], settled[1]
	}
}

// looked is what was looked at closely.
func (a *Analysis) looked() (c join.Capture) {
	for _, n := range a.Troubled {
		if t := a.transcripts[n]; t != nil {
			c.Transcripts = append(c.Transcripts, *t)
		}
	}
	c.Dropped = a.Summary.Dropped > 0
	c.Whole = a.LeftOut == 0 && a.Flows.Evicted == (tcpflow.Evicted{}) && a.Problem == nil
	return c
}

// chooseWith picks the streams that are compared: where not all have room, those
// with trouble here or, between the same ends, there; then the first ones.
func (a *Analysis) chooseWith(other *Analysis) {
	type ends [2]netip.AddrPort
	there := map[ends]bool{}
	for s := range other.Flows.Troubled() {
		there[ends{s.Client, s.Server}] = true
	}
	type candidate struct{ number, rank int }
	var all []candidate
	for s := range a.Flows.All() {
		c := candidate{s.Number, trouble(s.Glance())}
		if there[ends{s.Client, s.Server}] {
			c.rank = max(c.rank, 1)
		}
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return cmp.Compare(y.rank, x.rank) })
	room := compareLimits.Streams()
	a.LeftOut = max(0, len(all)-room)
	a.Troubled = nil
	for _, c := range all[:min(len(all), room)] {
		a.Troubled = append(a.Troubled, c.number)
	}
	slices.Sort(a.Troubled)
}
