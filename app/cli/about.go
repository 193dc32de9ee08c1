package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"faultline/diag"
	"faultline/platform"
)

type versionVerb struct{}

// Run tells which program this is.
func (versionVerb) Run(p *program) error {
	b := p.Build
	if p.grammar.JSON {
		return p.printJSON(b)
	}
	return p.print(fmt.Sprintf("faultline %s (%s, commit %s, %s, %s/%s)\n", b.Version, b.Kind, cmp.Or(b.Commit, "unknown"), b.Go, b.OS, b.Arch))
}

type mechanismsVerb struct{}

// Run lists how each question is answered on this machine.
func (mechanismsVerb) Run(ctx context.Context, p *program) error {
	all, err := p.Host().System.Mechanisms(ctx, platform.Reading{})
	if err != nil {
		return fmt.Errorf("listing the mechanisms: %w", err)
	}
	if p.grammar.JSON {
		return p.printJSON(all)
	}
	var b strings.Builder
	g := newPage(&b, p.out)
	for _, m := range all {
		g.mechanism(m, p)
	}
	return p.print(b.String())
}

// methodWidth is that of the longest method, and a space.
const methodWidth = 20

// mechanism is one line: the method, how it stands, by what, what it needs.
func (g *page) mechanism(m platform.Mechanism, p *program) {
	state := map[string]mark{
		platform.MechanismWorks: good, platform.MechanismDenied: doubt,
		platform.MechanismMissing: doubt, platform.MechanismUnsupported: faint,
	}[m.State]
	line := p.words.Say("cli.mechanism."+m.State, nil)
	if m.Via != "" {
		line += "  " + m.Via
	}
	g.item(g.sign(state)+" "+pad(m.Method, methodWidth), line)
	if m.Needs != "" {
		g.item(strings.Repeat(" ", 2+methodWidth), p.words.Say("cli.mechanism.needs", diag.Args{"what": m.Needs}))
	}
	if key := "tried." + m.Tried; m.Tried != "" && p.words.Has(key) {
		g.item(strings.Repeat(" ", 2+methodWidth), p.words.Say(key, nil))
	}
	if m.Faked != "" {
		g.item(strings.Repeat(" ", 2+methodWidth), p.words.Say("cli.mechanism.faked", diag.Args{"what": m.Faked}))
	}
}

// printJSON writes a document over several lines, as people read it too.
func (p *program) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	return p.print(spelled(text) + "\n")
}
