package cli

import (
	"encoding/json"
	"slices"
	"strings"

	"faultline/app"
	"faultline/diag"
)

// details unfolds the report: each check with its evidence and the command to
// see it by hand, what was ruled out, what stayed open, and what was sent.
func (g *telling) details() {
	g.heading(g.words.Say("label.checks", nil))
	for _, c := range g.report.Checks {
		g.check(c)
	}
	g.rejected()
	g.untested()
	g.sent()
}

// check is one line, then its evidence. A reading that was repeated and gave
// the same is shown once.
func (g *telling) check(c app.Check) {
	line := g.words.CheckTitle(c.ID)
	if c.Summary != "" {
		line += g.words.Say("cli.colon", nil) + c.Summary
	}
	if c.State != app.Skipped && c.Seconds > 0 {
		line += " (" + g.seconds(c.Seconds) + ")"
	}
	state := map[app.State]mark{app.Pass: good, app.Fail: bad, app.Warn: doubt, app.Unknown: doubt, app.Skipped: faint}[c.State]
	g.item("  "+g.sign(state)+" ", line)
	var shown []app.Evidence
	for _, e := range g.report.Evidence {
		same := func(o app.Evidence) bool {
			return o.Kind == e.Kind && subject(o) == subject(e) && rawAnswer(o) == rawAnswer(e)
		}
		if slices.Contains(c.Evidence, e.ID) && !slices.ContainsFunc(shown, same) {
			g.evidence(e)
			shown = append(shown, e)
		}
	}
}

// evidence is one call: what was asked by what mechanism, the raw answer, and
// the command by hand, which is never broken so that it can be copied.
func (g *telling) evidence(e app.Evidence) {
	parts := []string{e.Kind, subject(e), g.plainBond(), app.Brief(e), "(" + g.seconds(e.Seconds) + ")"}
	if e.Mechanism != "" {
		parts = append(parts, "["+e.Mechanism+"]")
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	g.item("      "+pad(e.ID, 4), strings.Join(parts, " "))
	if raw := rawAnswer(e); raw != "" {
		g.line("          " + g.paint(signs[faint].escape, g.shortened(raw, g.style.width-10)))
	}
	if e.ByHand != "" {
		g.line("          " + g.prompt() + " " + clean(e.ByHand))
	}
}

func (g *telling) plainBond() string {
	if g.style.unicode {
		return "→"
	}
	return "->"
}

func (g *telling) prompt() string {
	if g.report.Tool.OS == "windows" {
		return "PS>"
	}
	return "$"
}

func rawAnswer(e app.Evidence) string {
	if e.Data.Problem != nil {
		return e.Data.Problem.Error()
	}
	return string(e.Data.Answer)
}

// shortened cuts a line; the whole of it is in the JSON report.
func (g *telling) shortened(s string, most int) string {
	s = g.plain(s)
	if columnsOf(s) <= most {
		return s
	}
	head, _ := cut(s, most-3)
	return head + "..."
}

func (g *telling) rejected() {
	if len(g.report.Verdict.Rejected) == 0 {
		return
	}
	g.heading(g.words.Say("label.rejected", nil))
	for _, r := range g.report.Verdict.Rejected {
		g.item("  - ", g.words.Title(r.Code)+g.words.Say("cli.colon", nil)+r.Why+" "+strings.Join(r.Because, " "))
	}
}

func (g *telling) untested() {
	if len(g.report.Verdict.Untested) == 0 {
		return
	}
	g.heading(g.words.Say("label.untested", nil))
	for _, u := range g.report.Verdict.Untested {
		g.item("  - ", u.What+g.words.Say("cli.colon", nil)+u.Why+" "+u.How)
	}
}

func (g *telling) sent() {
	g.heading(g.words.Say("cli.sent", nil))
	if len(g.report.Sent) == 0 {
		g.item("  - ", g.words.Say("cli.sent.nothing", nil))
	}
	for _, s := range g.report.Sent {
		g.item("  - ", g.words.Say("cli.sent."+s.Kind, diag.Args{"n": s.Count, "to": s.To}))
	}
}

// decode reads what it can of a recorded value; the rest stays zero.
func decode(raw json.RawMessage, v any) {
	if len(raw) > 0 {
		// A record may come from elsewhere: what does not fit is left out.
		_ = json.Unmarshal(raw, v)
	}
}
