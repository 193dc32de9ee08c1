package cli

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
)

// amount is how much of a report is told.
type amount struct {
	quiet, verbose bool
	headed         bool // one of several targets
	spaced         bool // another one stands before it
}

// plain tells a report in words: the verdict first, then the chain with its
// break, who acts, what to do, and how sure it is.
func plain(r app.Report, w *text.Words, s style, much amount) string {
	var b strings.Builder
	g := &telling{page: newPage(&b, s), report: r, words: w}
	if much.spaced {
		g.blank()
	}
	if much.headed {
		g.line(g.paint(strong, g.plain(r.Target.Given)))
	}
	g.verdict()
	if much.quiet {
		return b.String()
	}
	g.chain()
	g.next()
	g.sureness()
	g.unseen()
	g.notes()
	g.asRoot()
	if much.verbose {
		g.details()
		return b.String()
	}
	g.blank()
	g.item("", w.Say("cli.more", nil))
	return b.String()
}

// telling is one report on its page.
type telling struct {
	*page
	report app.Report
	words  *text.Words
}

func (g *telling) verdict() {
	how, word := bad, "fault"
	switch {
	case g.report.Canceled:
		how, word = doubt, "canceled"
	case g.report.Verdict.Code == diag.OK:
		how, word = good, "works"
	case g.report.ExitCode() == app.ExitWorks:
		how, word = good, "clean"
	case g.report.ExitCode() == app.ExitInconclusive:
		how, word = doubt, "unclear"
	}
	label := g.paint(signs[how].escape+strong, g.plain(g.words.Say("cli.status."+word, nil)))
	g.spread(g.sign(how)+" "+label, g.report.Verdict.Summary)
}

// spread writes text behind a head, with further lines indented by two only.
func (g *telling) spread(head, s string) {
	first := head + g.words.Say("cli.colon", nil)
	lines := wrap(strings.Repeat("x", columnsOf(first))+g.plain(s), g.style.width-2)
	for i, line := range lines {
		if i == 0 {
			line = first + strings.TrimPrefix(line, strings.Repeat("x", columnsOf(first)))
		} else {
			line = "  " + line
		}
		g.line(line)
	}
}

// chain draws the joints in a row, or in several where the line is short.
func (g *telling) chain() {
	g.blank()
	line := "  "
	for i, j := range g.report.Chain {
		part := g.joint(j)
		if i > 0 {
			part = " " + g.bond(j) + " " + part
		}
		if columnsOf(line)+columnsOf(part) > g.style.width {
			g.line(line)
			line = "   "
		}
		line += part
	}
	g.line(line)
}

func (g *telling) joint(j app.Joint) string {
	name := g.words.Say("cli.joint."+string(j.Place), nil)
	if j.Name != "" {
		name = g.words.Say("cli.joint."+string(j.Place)+".named", diag.Args{"name": j.Name})
	}
	switch j.State {
	case app.Fail:
		if j.Place == app.AtComputer {
			name += " " + g.sign(bad) // nothing leads into the first joint
		}
		return g.paint(signs[bad].escape+strong, g.plain(name))
	case app.Unknown:
		return g.paint(signs[faint].escape, g.plain(name))
	}
	return g.plain(name)
}

// bond draws what leads into a joint: whole, broken, or not known.
func (g *telling) bond(j app.Joint) string {
	solid, dotted := "──", "┄┄"
	if !g.style.unicode {
		solid, dotted = "--", ".."
	}
	switch j.State {
	case app.Fail:
		return solid[:len(solid)/2] + g.sign(bad) + solid[:len(solid)/2]
	case app.Pass:
		return solid
	}
	return g.paint(signs[faint].escape, dotted)
}

// asRoot says whose eyes looked (rule C11): what one user's programs meet,
// another's may not.
func (g *telling) asRoot() {
	if t := g.report.Tool; t.Elevated && t.OS == "linux" && g.report.ExitCode() != app.ExitFault {
		g.blank()
		g.item("", g.words.Say("cli.as-root", nil))
	}
}

func (g *telling) next() {
	v := g.report.Verdict
	if v.Who != "" {
		g.blank()
		g.labeled("who", v.Who)
	}
	if len(v.Next) == 0 {
		return
	}
	g.heading(g.words.Say("label.next", nil))
	for i, s := range v.Next {
		g.item("  "+strconv.Itoa(i+1)+". ", s.Text)
	}
}

// labeled is a line that begins with what it is about.
func (g *telling) labeled(label, s string) {
	g.item("", g.words.Say("label."+label, nil)+g.words.Say("cli.colon", nil)+s)
}

// sureness says how sure the verdict is, why, and what stayed open.
func (g *telling) sureness() {
	v := g.report.Verdict
	if v.Confidence == "" && len(v.Untested) == 0 {
		return
	}
	g.blank()
	if key, why := "confidence."+v.Confidence, ".why"; v.Confidence != "" {
		if v.Untried != nil {
			why = ".untried"
		}
		g.item("", g.words.Say("cli.sureness", diag.Args{"word": g.words.Say(key, nil), "why": g.words.Say(key+why, nil)}))
	}
	if len(v.Untested) > 0 {
		var open []string
		for _, u := range v.Untested {
			open = append(open, u.What)
			if v.Code == diag.OK { // the limits of what was seen, not a rival
				open = []string{u.Why}
			}
		}
		g.labeled("untested", g.words.List(open))
	}
}

// unseen names what is missing for a verdict where no open rival does.
func (g *telling) unseen() {
	v := g.report.Verdict
	if v.Code != diag.Inconclusive || len(v.Untested) > 0 {
		return
	}
	var titles []string
	for _, c := range g.report.Checks {
		if c.State == app.Unknown {
			titles = append(titles, g.words.CheckTitle(c.ID))
		}
	}
	if len(titles) > 0 {
		g.blank()
		g.item("", g.words.Say("ticket.unknown", diag.Args{"checks": titles}))
	}
}

func (g *telling) notes() {
	if len(g.report.Notes) == 0 {
		return
	}
	g.heading(g.words.Say("label.notes", nil))
	for _, n := range g.report.Notes {
		g.item("  - ", n.Summary)
	}
}

func (g *telling) seconds(s float64) string { return seconds(s, g.words) }

func seconds(s float64, w *text.Words) string {
	return w.Duration(time.Duration(s * float64(time.Second)))
}

// subject is what a call was about.
func subject(e app.Evidence) string {
	var a struct {
		To, Dst, Server, Addr, Name, Type string
	}
	decode(e.Data.Ask, &a)
	if e.Kind == "dns.exchange" {
		return a.Name + " " + a.Type + " @" + a.Server
	}
	return cmp.Or(a.To, a.Dst, a.Server, a.Addr, a.Name)
}
