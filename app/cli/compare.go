package cli

import (
	"context"
	"errors"

	"faultline/app"
)

type compareVerb struct {
	Client  string `arg:"" name:"client" help:"${compare_client}"`
	Server  string `arg:"" name:"server" help:"${compare_server}"`
	Streams bool   `help:"${analyze_streams}"`
	Filter  string `help:"${analyze_filter}" placeholder:"EXPRESSION"`
}

// Run lays two captures of the same traffic side by side.
func (v *compareVerb) Run(ctx context.Context, p *program) error {
	if v.Client == "-" && v.Server == "-" {
		return errors.New(p.words.Say("cli.error.compare.input", nil))
	}
	r, err := p.read(ctx, app.Compare, app.Captures{Files: []string{v.Client, v.Server}, Filter: v.Filter, Streams: v.Streams})
	if err != nil {
		return err
	}
	p.code = p.unread(r)
	if r.Compare == nil && !r.Canceled {
		p.code = app.ExitUsage // of one file alone there is nothing to compare
		if len(r.Resets)+len(r.Breaks) == 0 {
			return nil
		}
		return p.answerCapture(r, v.Streams)
	}
	p.code = app.Gravest(p.code, r.ExitCode())
	return p.answerCapture(r, v.Streams)
}
