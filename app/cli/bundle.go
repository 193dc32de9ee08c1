package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

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
		return err
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
	f, size, err := openFile(path)
	if err != nil {
		return nil, app.Stored{}, errors.New(p.words.Say("cli.error.open", diag.Args{"file": path, "why": p.why(err)}))
	}
	defer f.Close()
	s, stored, err := app.Open(f, size, p.Plan())
	if err != nil {
		err = errors.New(p.words.Say("cli.error.bundle", diag.Args{"file": path, "why": p.words.Why(err)}))
	}
	return s, stored, err
}

// openFile opens an ordinary file. Anything else is not even opened: a pipe that
// nobody writes to keeps who opens it waiting (fifo(7)).
func openFile(path string) (f *os.File, size int64, err error) {
	about, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, 0, err
	case about.IsDir():
		return nil, 0, syscall.EISDIR
	case !about.Mode().IsRegular():
		return nil, 0, errSpecial
	}
	f, err = os.Open(path)
	return f, about.Size(), err
}
