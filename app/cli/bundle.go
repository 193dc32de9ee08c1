package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"faultline/app"
	"faultline/diag"
	"faultline/diag/bundle"
	"faultline/platform/tape"
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
	s.Start(ctx)
	r := s.Report(p.words, p.Build.Version)
	p.code = r.ExitCode()
	if was := verdictIn(stored.Report); was != "" && was != string(r.Verdict.Code) {
		fmt.Fprintln(p.Stderr, p.words.Say("cli.judged-anew", diag.Args{"tool": stored.Tool, "was": was, "code": string(r.Verdict.Code)}))
	}
	return p.answer(r, false, false)
}

func (p *program) reopen(path string) (*app.Session, bundle.Bundle, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bundle.Bundle{}, errors.Unwrap(err)
	}
	defer f.Close()
	about, err := f.Stat()
	if err != nil {
		return nil, bundle.Bundle{}, err
	}
	stored, err := bundle.Open(f, about.Size())
	if err != nil {
		return nil, bundle.Bundle{}, err
	}
	calls, err := tape.Read(bytes.NewReader(stored.Calls))
	if errors.Is(err, tape.ErrTruncated) {
		fmt.Fprintln(p.Stderr, p.words.Say("cli.truncated", nil))
	} else if err != nil {
		return nil, bundle.Bundle{}, err
	}
	s, err := app.Replay(calls, p.Plan())
	return s, stored, err
}

// verdictIn reads which verdict a stored report holds; "" when it holds none.
func verdictIn(report []byte) string {
	var r struct{ Verdict struct{ Code string } }
	if json.Unmarshal(report, &r) != nil {
		return ""
	}
	return r.Verdict.Code
}
