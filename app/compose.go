package app

import (
	"net/netip"
	"slices"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform/tape"
)

// Report waits for the result and tells it in words. The same record gives the
// same report, whenever and wherever it is judged.
func (s *Session) Report(w *text.Words, version string) Report {
	return Compose(s.settings.Plan, s.Result(), s.Lines(), w, version)
}

// Compose makes a report of a result and the calls that it rests on.
func Compose(plan diag.Plan, res diag.Result, lines []tape.Line, w *text.Words, version string) Report {
	w = w.On(res.System.OS)
	c := &composer{plan: plan, res: res, words: w, record: newRecord(res, lines)}
	r := Report{
		Schema:   ReportSchema,
		Tool:     Tool{version, res.System.OS, res.System.Arch, res.System.Elevated},
		Started:  c.record.started(res),
		Seconds:  seconds(c.record.took(res)),
		Canceled: slices.ContainsFunc(res.Observations, canceled),
		Target:   c.target(),
		Verdict:  c.verdict(),
		Notes:    c.notes(),
		Checks:   c.checks(),
		Evidence: list(c.record.evidence),
		Sent:     list(sent(lines)),
		Resets:   []Reset{},
		Breaks:   []Reset{},
		Captures: []Capture{},
		Streams:  []Flow{},
		Changes:  []Change{},
		Broken:   list(res.Broken),
	}
	r.Chain = c.chain()
	r.Verdict.Contact = ticket(r, c.record, w)
	return r
}

func canceled(o diag.Observation) bool { return o.Outcome == diag.Canceled }

// composer holds what the parts of one report are made from.
type composer struct {
	plan   diag.Plan
	res    diag.Result
	words  *text.Words
	record *record
}

func (c *composer) target() Target {
	t := c.res.Target
	out := Target{Given: t.Given, Host: t.Host, Port: int(t.Port), Scheme: t.Scheme, Addresses: list(c.record.addresses())}
	if t.Addr.IsValid() {
		out.Host, out.Addresses = t.Addr.String(), []netip.Addr{t.Addr}
	}
	return out
}

func (c *composer) verdict() Verdict {
	v, t := c.res.Verdict, c.res.Target
	out := Verdict{
		Code: v.Code, Layer: v.Layer, Party: v.Party, Confidence: v.Confidence.String(),
		Summary: c.words.Verdict(v, t), Because: c.record.refs(v.Evidence),
		Rejected: []Rejected{}, Untested: []Untested{}, Next: []Step{},
	}
	if out.Party == "" {
		out.Party = catalog.NoParty
	}
	if out.Party != catalog.NoParty {
		out.Who = c.words.Party(v.Party, t)
	}
	for _, r := range v.Rejected {
		out.Rejected = append(out.Rejected, Rejected{r.Code, c.words.Rejected(r), c.record.refs(r.Evidence)})
	}
	for _, u := range v.Untested {
		what, why, how := c.words.Untested(u)
		out.Untested = append(out.Untested, Untested{what, why, how})
	}
	if len(v.Untried) > 0 {
		out.Untried = &Untried{v.Untried}
		what, why, how := c.words.Untried(v.Untried)
		out.Untested = append(out.Untested, Untested{what, why, how})
	}
	for _, s := range c.words.Steps(v, t) {
		out.Next = append(out.Next, Step{s.Text, s.Who, s.Action})
	}
	return out
}

func (c *composer) notes() []Note {
	notes := []Note{}
	for _, f := range c.res.Verdict.Also {
		notes = append(notes, Note{f.Code, c.words.Finding(f, c.res.Target), c.record.refs(f.Evidence)})
	}
	return notes
}

func (c *composer) node(id diag.ID) diag.Node {
	return c.plan.Checks[slices.IndexFunc(c.plan.Checks, func(n diag.Node) bool { return n.ID() == id })]
}

func shapeOf(n diag.Node, o diag.Observation) string {
	shape, _ := n.Tell(o.Data)
	return shape
}

func (c *composer) checks() []Check {
	checks := []Check{}
	for _, o := range c.res.Observations {
		n := c.node(o.Check)
		checks = append(checks, Check{
			ID: o.Check, Layer: n.Layer(), State: c.state(o), Seconds: seconds(c.record.spent(o.Check)),
			Summary: c.summary(n, o), Evidence: c.record.refs([]diag.Ref{{Check: o.Check}}),
		})
	}
	return checks
}

func (c *composer) summary(n diag.Node, o diag.Observation) string {
	if o.Outcome != diag.Observed {
		return c.words.Outcome(o.Outcome, o.Reason)
	}
	shape, args := n.Tell(o.Data)
	if shape == "" {
		return c.words.Outcome(o.Outcome, "")
	}
	return c.words.CheckLine(o.Check, shape, args)
}

// state maps what came of a check, and what was found there, to one word.
func (c *composer) state(o diag.Observation) State {
	switch o.Outcome {
	case diag.Observed:
		return c.found(o)
	case diag.Skipped, diag.NotNeeded:
		return Skipped
	}
	return Unknown
}

// found looks for the gravest live finding whose first evidence is this check:
// that is where it was seen, what follows in its list only supports it. Where
// the target answers after all, nothing has failed.
func (c *composer) found(o diag.Observation) State {
	state := Pass
	if n := c.node(o.Check); n.Unclear(shapeOf(n, o)) {
		state = Unknown
	}
	for _, f := range c.res.Judgement.Findings {
		if len(f.Against) > 0 || len(f.Evidence) == 0 || f.Evidence[0].Check != o.Check || c.meant(f) {
			continue
		}
		switch weight := c.plan.Catalog[f.Code].Weight; {
		case weight == catalog.Blocks && c.res.Verdict.Code != diag.OK:
			return Fail
		case weight != catalog.Notes:
			state = Warn
		}
	}
	return state
}

// meant reports whether a finding tells only that the network leads through its
// proxy.
func (c *composer) meant(f diag.Finding) bool {
	return slices.ContainsFunc(c.res.Verdict.Meant, func(m diag.Finding) bool { return m.Code == f.Code && m.Way == f.Way })
}
