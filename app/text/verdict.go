package text

import (
	"maps"

	"faultline/diag"
	"faultline/diag/catalog"
)

// Step is one thing to do.
type Step struct {
	Text   string
	Who    string // You, Helpdesk or a party of the catalog
	Action string // what the program can do about it; "" when nothing
}

// Who acts beside the parties of the catalog.
const (
	You      = "you"
	Helpdesk = "helpdesk"
)

// What the program can do for a step.
const (
	CheckAgain    = "check.again"
	CheckElevated = "check.elevated"
	CopyTicket    = "ticket.copy"
)

// Verdict says what is wrong, in one or two sentences of the reader's world.
// The confidence is said apart, see Confidence.
func (w *Words) Verdict(v diag.Verdict, t diag.Target) string {
	return w.tell(v.Code, shape(v), w.verdictArgs(v, t), t)
}

// Finding says what a note, or a cause beside the verdict, is about.
func (w *Words) Finding(f diag.Finding, t diag.Target) string {
	v := diag.Verdict{Code: f.Code, Party: f.Party, Args: f.Args, Way: f.Way}
	return w.Verdict(v, t)
}

// tell renders the message of a code that fits best: the one for its shape,
// else the general one, and of both the one for a target without a port first
// when there is none.
func (w *Words) tell(c catalog.Code, shape string, a diag.Args, t diag.Target) string {
	for _, key := range keys("verdict."+string(c), shape, bare(t)) {
		if w.Has(key) {
			return w.Say(key, a)
		}
	}
	return w.Say("verdict", diag.Args{"title": w.Title(c)})
}

// keys lists the keys under which a message may stand, the most special first.
func keys(base, shape string, bare bool) []string {
	bases := []string{base}
	if shape != "" {
		bases = []string{base + "." + shape, base}
	}
	var out []string
	for _, b := range bases {
		if bare {
			out = append(out, b+".bare")
		}
		out = append(out, b)
	}
	return out
}

// Title names a code as an alternative: a short clause that begins small.
func (w *Words) Title(c catalog.Code) string {
	if key := "title." + string(c); w.Has(key) {
		return w.Say(key, nil)
	}
	return safe(string(c))
}

// Party says who has to act.
func (w *Words) Party(p catalog.Party, t diag.Target) string {
	if p == "" {
		p = catalog.NoParty
	}
	for _, key := range keys("party."+string(p), "", bare(t)) {
		if w.Has(key) {
			return w.Say(key, targetArgs(t))
		}
	}
	return safe(string(p))
}

// Confidence says how sure a verdict is, in a word; "" for none.
func (w *Words) Confidence(c catalog.Confidence) string {
	if c == catalog.NoConfidence {
		return ""
	}
	return w.Say("confidence."+c.String(), nil)
}

// Layer names a layer.
func (w *Words) Layer(l catalog.Layer) string {
	if l == catalog.NoLayer {
		return ""
	}
	return w.Say("layer."+string(l), nil)
}

// Steps says what to do, in order. The first is something that the reader can
// do now.
func (w *Words) Steps(v diag.Verdict, t diag.Target) []Step {
	a := w.verdictArgs(v, t)
	var out []Step
	for _, s := range plan(v) {
		if s.key == "reset.other-end" && has(v, "other-end") {
			continue // it is here
		}
		text := w.step(s.key, shape(v), a, t)
		out = append(out, Step{Text: text, Who: who(s.who, v.Party), Action: s.does(v)})
	}
	return out
}

func (w *Words) step(key, shape string, a diag.Args, t diag.Target) string {
	for _, k := range keys("step."+key, shape, bare(t)) {
		if w.Has(k) {
			return w.Say(k, a)
		}
	}
	return w.Say("step."+key, a)
}

// who is the one who does a step: the party that was computed from the facts,
// unless the step names somebody.
func who(named string, p catalog.Party) string {
	switch {
	case named != theParty:
		return named
	case p == "" || p == catalog.NoParty:
		return You
	}
	return string(p)
}

// verdictArgs are the arguments of the finding, with what every message may
// use added from the target.
func (w *Words) verdictArgs(v diag.Verdict, t diag.Target) diag.Args {
	a := targetArgs(t)
	maps.Copy(a, v.Args)
	if v.Code == diag.Inconclusive {
		a["n"] = len(v.Untested)
		if len(v.Untested) > 0 {
			_, _, a["how"] = w.Untested(v.Untested[0])
		}
	}
	return a
}
