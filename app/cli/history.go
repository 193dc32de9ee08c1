package cli

import (
	"errors"
	"fmt"
	"strings"

	"faultline/diag"
	"faultline/platform"
)

type historyVerb struct {
	List   historyList   `cmd:"" default:"1" help:"${history_list}"`
	Forget historyForget `cmd:"" help:"${history_forget}"`
}

type historyList struct{}

// Run lists the runs that are kept.
func (historyList) Run(p *program) error {
	all, err := p.History.All()
	if err != nil {
		return fmt.Errorf("%s: %w", p.History.Path, err)
	}
	if p.grammar.JSON {
		return p.printJSON(append([]platform.GoodRun{}, all...))
	}
	if len(all) == 0 {
		return p.print(p.words.Say("cli.history.none", nil) + "\n")
	}
	var b strings.Builder
	g := newPage(&b, p.out)
	for _, r := range all {
		g.item(r.At.Local().Format("2006-01-02 15:04")+"  ", p.remembered(r))
	}
	return p.print(b.String())
}

// remembered is one run on one line.
func (p *program) remembered(r platform.GoodRun) string {
	line := clean(r.Target) + "  " + clean(r.Via) + " " + r.Network.String() + " " + r.Gateway.String()
	if r.Tunnel {
		line += "  " + p.words.Say("cli.history.tunnel", diag.Args{"via": r.Via})
	}
	return line
}

type historyForget struct {
	Target string `arg:"" optional:"" help:"${forget_target}"`
}

// Run forgets a target, or everything.
func (v *historyForget) Run(p *program) error {
	name := ""
	if v.Target != "" {
		t, err := diag.ParseTarget(v.Target)
		if err != nil {
			return errors.New(p.words.TargetError(err))
		}
		name = t.String()
	}
	n, err := p.History.Forget(name)
	if err != nil {
		return err
	}
	return p.print(p.words.Say("cli.history.forgotten", diag.Args{"n": n}) + "\n")
}
