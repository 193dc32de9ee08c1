package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"faultline/app"
	"faultline/diag"
)

type bundleVerb struct {
	Open openVerb `cmd:"" help:"${bundle_open}"`
}

type openVerb struct {
	File string `arg:"" help:"${file}"`
}

// Run judges a saved run again and tells what this version makes of it.
func (v *openVerb) Run(ctx context.Context, p *program) error {
	s, stored, err := p.reopen(v.File)
	if err != nil {
		return fmt.Errorf("%s: %w", v.File, err)
	}
	if stored.Truncated {
		fmt.Fprintln(p.Stderr, p.words.Say("cli.truncated", nil))
	}
	s.Start(ctx)
	r := s.Report(p.words, p.Build.Version)
	p.code = r.ExitCode()
	if stored.Code != "" && stored.Code != r.Verdict.Code {
		args := diag.Args{"tool": stored.Tool, "was": string(stored.Code), "code": string(r.Verdict.Code)}
		fmt.Fprintln(p.Stderr, p.words.Say("cli.judged-anew", args))
	}
	return p.answer(r, false, false)
}

func (p *program) reopen(path string) (*app.Session, app.Stored, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, app.Stored{}, errors.Unwrap(err) // the path is said already
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return nil, app.Stored{}, errors.Unwrap(err)
	}
	if !about.Mode().IsRegular() {
		return nil, app.Stored{}, errors.New("not a file")
	}
	return app.Open(f, about.Size(), p.Plan())
}
