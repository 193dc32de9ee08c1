package scene

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
)

// Symptom is what a person sees when it fails.
type Symptom string

// The four symptoms.
const (
	Nothing Symptom = "nothing"
	Refused Symptom = "refused"
	Drops   Symptom = "drops"
	Slow    Symptom = "slow"
)

// Symptoms are all of them in the order of the page.
var Symptoms = []Symptom{Nothing, Refused, Drops, Slow}

// Tell is the page of a verdict.
type Tell struct {
	Host, Port string
	Meta       string // how long it took, and when
	Code       string
	Mark       Mark
	Title      string
	Body       string
	Technical  string // code, layer, party, because
	Pills      []Pill
	Chain      Chain
	Figures    []Figure
	Notes      []string
	StepsHead  string
	Steps      []Step
	Checks     []Row
	Evidence   []Evidence
	Decisive   int // how many of Evidence the verdict rests on; they come first
	RuledOut   []Other
	Untested   []Other
	Compare    string
	Ticket     string
	Elevate    string // the command that looks again with all rights
}

// Pill is a short fact: where, who, how sure.
type Pill struct {
	Glyph string // "" for bars
	Bars  int
	Text  string
}

// Figure is a measured number.
type Figure struct{ Name, Number, Unit, Beside string }

// Step is one thing to do.
type Step struct {
	Title, More string
	Button      string // its words; "" for none
	Glyph       string
	Action      string // what the button does
	Mark        string // a glyph in place of the number, where the steps are alternatives
}

// Evidence is one recorded call.
type Evidence struct {
	ID, At, Claim        string
	Mark                 Mark
	Test, Answer, ByHand string
}

// Other is an alternative: ruled out, or not tested.
type Other struct {
	Code, Why, How string
	Elevated       bool // rights would make it testable
}

// Input is what a page is made of.
type Input struct {
	Report  app.Report
	Args    diag.Args    // of the verdict
	Claims  []diag.Claim // of the run
	Symptom Symptom
	Before  *Recent // the last check of the same target
	Zone    *time.Location
}

// TellOf makes the page of a report.
func TellOf(in Input, w *text.Words) Tell {
	r := in.Report
	t := Tell{
		Host: r.Target.Host, Code: string(r.Verdict.Code), Ticket: r.Verdict.Contact,
		Mark: gravity(r), Title: headline(r, w), Body: sentence(in, w), Technical: technical(r),
		Pills: pills(r, w), Chain: ChainOf(in, w), Figures: figures(r, w), Notes: notes(r),
		StepsHead: w.Say("tell.steps", nil), Steps: steps(r, w), Checks: checks(r, w),
		Compare: compare(in, w), Elevate: "sudo faultline check " + quote(r.Target.Given),
	}
	if r.Verdict.Code == diag.OK {
		t.StepsHead = w.Say("tell.still", nil)
	}
	if r.Target.Port != 0 {
		t.Port = strconv.Itoa(r.Target.Port)
	}
	t.Meta = w.Say("tell.meta", diag.Args{"took": time.Duration(r.Seconds * float64(time.Second)), "at": r.Started.In(in.zone()).Format("15:04")})
	t.Evidence, t.Decisive = evidence(r, in.zone(), w)
	for _, x := range r.Verdict.Rejected {
		t.RuledOut = append(t.RuledOut, Other{Code: string(x.Code), Why: capital(w.Title(x.Code)) + w.Say("cli.colon", nil) + x.Why})
	}
	for _, u := range r.Verdict.Untested {
		t.Untested = append(t.Untested, Other{Code: capital(u.What), Why: u.Why, How: u.How})
	}
	return t
}

func (in Input) zone() *time.Location {
	if in.Zone == nil {
		return time.Local
	}
	return in.Zone
}

func gravity(r app.Report) Mark {
	switch {
	case r.Verdict.Code == diag.OK:
		return Pass
	case r.Verdict.Code == diag.Inconclusive:
		return Unknown
	}
	if b, ok := BreakOf(r.Verdict.Code); ok && b.Shape == Odd {
		return Warn
	}
	return Fail
}

func headline(r app.Report, w *text.Words) string {
	if r.Canceled {
		return w.Say("tell.title.stopped", nil)
	}
	if key := "tell.title." + string(r.Verdict.Code); w.Has(key) {
		return w.Say(key, nil)
	}
	return capital(w.Title(r.Verdict.Code))
}

// sentence is the verdict in the reader's world. One clean pass does not rule
// out trouble that comes and goes, and who has it is told so.
func sentence(in Input, w *text.Words) string {
	s := in.Report.Verdict.Summary
	if in.Report.Verdict.Code == diag.OK && (in.Symptom == Drops || in.Symptom == Slow) {
		s = join(s, w.Say("tell.once", nil))
	}
	return s
}

// join sets one sentence behind another.
func join(a, b string) string {
	if strings.HasSuffix(a, "。") {
		return a + b
	}
	return a + " " + b
}

func technical(r app.Report) string {
	v := r.Verdict
	parts := []string{string(v.Code)}
	if v.Layer != "" {
		parts = append(parts, "layer "+string(v.Layer))
	}
	parts = append(parts, "party "+string(v.Party))
	if len(v.Because) > 0 {
		parts = append(parts, "because "+strings.Join(v.Because, " "))
	}
	return strings.Join(parts, " · ")
}

func pills(r app.Report, w *text.Words) []Pill {
	if r.Verdict.Code == diag.OK || r.Verdict.Code == diag.Inconclusive {
		return nil
	}
	party := string(r.Verdict.Party)
	all := []Pill{{Glyph: whereGlyph[party], Text: w.Say("where."+party, nil)}, {Glyph: "user", Text: w.Say("acts."+party, nil)}}
	bars := map[string]int{"possible": 1, "likely": 2, "proven": 3}[r.Verdict.Confidence]
	if bars > 0 {
		all = append(all, Pill{Bars: bars, Text: capital(w.Say("confidence."+r.Verdict.Confidence, nil))})
	}
	return all
}

var whereGlyph = map[string]string{"none": "node-network", "computer": "node-computer", "lan": "node-gateway", "vpn": "node-vpn",
	"isp": "node-network", "internet": "node-network", "server": "node-server", "service": "node-service"}

func notes(r app.Report) []string {
	var all []string
	for _, n := range r.Notes {
		all = append(all, n.Summary)
	}
	return all
}

// buttons are what the window can do for a step.
var buttons = map[string]struct{ key, glyph string }{
	text.CheckAgain:    {"action.check.again", "retry"},
	text.CheckElevated: {"action.copy-command", "term"},
	text.CopyTicket:    {"action.ticket.copy", "copy"},
}

func steps(r app.Report, w *text.Words) []Step {
	var all []Step
	for _, s := range r.Verdict.Next {
		head, more := firstSentence(s.Text)
		step := Step{Title: head, More: more, Action: s.Action}
		if b, ok := buttons[s.Action]; ok {
			step.Button, step.Glyph = w.Say(b.key, nil), b.glyph
		}
		if s.Who != text.You && more == "" {
			step.More = w.Say("step-for."+s.Who, nil)
		}
		if s.Action == text.CheckElevated {
			step.More = join(step.More, w.Say("tell.elevated", nil))
		}
		step.More = strings.TrimSpace(step.More)
		if r.Verdict.Code == diag.OK {
			step.Mark = map[bool]string{true: "clock", false: "page"}[s.Action == text.CheckAgain]
		}
		all = append(all, step)
	}
	if !slices.ContainsFunc(all, func(s Step) bool { return s.Action == text.CopyTicket }) && r.Verdict.Code != diag.OK {
		b := buttons[text.CopyTicket]
		all = slices.Insert(all, min(1, len(all)), Step{Title: w.Say("tell.ticket", nil), More: w.Say("tell.ticket.more", nil), Button: w.Say(b.key, nil), Glyph: b.glyph, Action: text.CopyTicket})
	}
	return all
}

// firstSentence splits a text at its first full stop, and drops that of a
// title.
func firstSentence(s string) (head, more string) {
	if i := strings.Index(s, "。"); i >= 0 {
		return s[:i], s[i+len("。"):]
	}
	if i := strings.Index(s, ". "); i >= 0 {
		return s[:i], s[i+2:]
	}
	return strings.TrimSuffix(s, "."), ""
}

func capital(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// compare says what the last check of this target gave.
func compare(in Input, w *text.Words) string {
	if in.Before == nil {
		return ""
	}
	a := diag.Args{"at": in.Before.when(in.Report.Started, in.zone(), w)}
	if in.Before.Code == string(in.Report.Verdict.Code) {
		return w.Say("tell.compare.same", a)
	}
	a["was"] = in.Before.Says(w)
	return w.Say("tell.compare.was", a)
}

// quote makes a target one word of a shell, or leaves it out.
func quote(s string) string {
	return "'" + strings.ReplaceAll(strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s), "'", "") + "'"
}

func checks(r app.Report, w *text.Words) []Row {
	var all []Row
	var began time.Duration
	for _, c := range r.Checks {
		took := time.Duration(c.Seconds * float64(time.Second))
		row := Row{Layer: c.Layer, Label: w.CheckTitle(c.ID), Mark: markOf(c.State), Finding: c.Summary, Took: took}
		for _, e := range r.Evidence {
			if e.Check == c.ID {
				row.Began = max(e.At.Sub(r.Started), 0)
				break
			}
		}
		began = max(began, row.Began)
		all = append(all, row)
	}
	return all
}
