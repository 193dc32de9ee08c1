package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"faultline/app"
	"faultline/app/selftest"
	"faultline/diag"
)

type selftestVerb struct {
	Windows bool   `help:"${selftest_windows}" required:""`
	Save    string `help:"${selftest_save}" placeholder:"FILE" default:"faultline-selftest.json"`
	Force   bool   `help:"${force}"`
}

// Run runs each mechanism of this computer once and writes one file, without
// names and addresses, that says how each did.
func (v *selftestVerb) Run(ctx context.Context, p *program) error {
	if p.Build.OS != "windows" {
		return errors.New(p.words.Say("cli.selftest.elsewhere", nil))
	}
	if !v.Force && exists(v.Save) {
		return errors.New(p.words.Say("cli.error.exists", diag.Args{"file": v.Save}))
	}
	p.remark("cli.selftest.begins", nil)
	r, err := selftest.Run(ctx, "faultline "+p.Build.Version, p.Host(), p.Now, p.tellStep)
	if err != nil {
		p.code = app.ExitCanceled
		return p.print(p.words.Say("cli.selftest.canceled", nil) + "\n")
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the answers: %w", err)
	}
	if err = create(v.Save, append(content, '\n'), v.Force); err != nil {
		return errors.New(p.unwritten(v.Save, err))
	}
	return p.tellQuestions(r, v.Save)
}

// remark says something beside the answer.
func (p *program) remark(key string, a diag.Args) {
	if !p.grammar.Quiet && !p.grammar.JSON {
		fmt.Fprintln(p.Stderr, p.words.Say(key, a))
	}
}

// tellStep is one line, as soon as the step is done.
func (p *program) tellStep(s selftest.Step) {
	if p.grammar.Quiet || p.grammar.JSON {
		return
	}
	state := map[string]mark{selftest.Answered: good, selftest.Failed: bad, selftest.Denied: doubt, selftest.Missing: doubt, selftest.Skipped: faint}[s.State]
	var b strings.Builder
	g := newPage(&b, p.out)
	g.item(g.sign(state)+" "+pad(s.ID, 16), fmt.Sprintf("%-20s %s  %.2f s", s.Method, p.words.Say("cli.selftest.state."+s.State, nil), s.Seconds))
	fmt.Fprint(p.Stderr, b.String())
}

// tellQuestions says which questions are answered now, and where the file is.
func (p *program) tellQuestions(r selftest.Report, file string) error {
	if p.grammar.JSON {
		return p.printJSON(r)
	}
	var b strings.Builder
	g := newPage(&b, p.out)
	g.heading(g.plain(p.words.Say("cli.selftest.questions", nil)))
	for _, q := range r.Questions {
		state := map[string]mark{selftest.Answered: good, selftest.Unanswered: doubt, selftest.Later: faint}[q.State]
		about := p.words.Say("cli.selftest.question."+q.ID, nil)
		g.item("  "+g.sign(state)+" ", p.words.Say("cli.selftest.about."+q.State, diag.Args{"question": about}))
	}
	g.blank()
	g.item("", p.words.Say("cli.selftest.saved", diag.Args{"file": file}))
	return p.print(b.String())
}
