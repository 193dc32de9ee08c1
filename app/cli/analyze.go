package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"faultline/app"
	"faultline/diag"
	"faultline/diag/pcapfilter"
	"faultline/diag/reset"
)

type analyzeVerb struct {
	Files   []string `arg:"" name:"file" help:"${analyze_file}"`
	Vantage string   `enum:"client,server,between,guess" default:"guess" help:"${analyze_vantage}" placeholder:"WHERE"`
	Stream  int      `default:"-1" help:"${analyze_stream}" placeholder:"N"`
	Streams bool     `help:"${analyze_streams}"`
	Since   moment   `help:"${analyze_since}" placeholder:"TIME"`
	Filter  string   `help:"${analyze_filter}" placeholder:"EXPRESSION"`
}

// moment is a time in a capture: a point in time, or a distance from the first
// packet.
type moment struct {
	at   time.Time
	skip time.Duration
}

var errMoment = errors.New("give a time such as 2026-11-24T13:00:00Z or “2026-11-24 13:00:00”, or 90s after the first packet")

// UnmarshalText reads a moment; a time without zone is this computer's.
func (m *moment) UnmarshalText(b []byte) error {
	s := string(b)
	if d, err := time.ParseDuration(s); err == nil && d > 0 {
		m.skip = d
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			m.at = at
			return nil
		}
	}
	return errMoment
}

// Run reads the captures and tells what became of their connections.
func (v *analyzeVerb) Run(ctx context.Context, p *program) error {
	r, err := p.read(ctx, app.Analyze, app.Captures{
		Files: v.Files, Vantage: v.vantage(), Filter: v.Filter, Since: v.Since.at, Skip: v.Since.skip, Stream: v.Stream, Streams: v.Streams,
	})
	if err != nil {
		return err
	}
	p.code = p.unread(r)
	if !r.Unread() {
		p.code = app.Gravest(p.code, r.ExitCode())
		return p.answerCapture(r, v.Streams)
	}
	return nil
}

// read reads captures, and says on the way how far it is.
func (p *program) read(ctx context.Context, how func(app.Captures) (*app.Reading, error), c app.Captures) (app.Report, error) {
	seen, room := &readingLine{p: p}, newRoom()
	c.Stdin, c.Progress = p.Stdin, func(at app.Progress) {
		room.grow(at.Pass)
		seen.note(at)
	}
	reading, err := how(c)
	if err != nil {
		return app.Report{}, errors.New(p.filterError(err))
	}
	reading.Start(ctx)
	watch := p.watch(func(int) string { return seen.text() })
	<-reading.Done()
	watch.stop()
	report := reading.Outline // the page tells what it shows
	if p.grammar.JSON {
		report = reading.Report
	}
	return report(p.words, app.Tool{Version: p.Build.Version, OS: p.Build.OS, Arch: p.Build.Arch}), nil
}

// filterError says which word of a filter is not understood.
func (p *program) filterError(err error) string {
	var e *pcapfilter.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	key := map[bool]string{true: "cli.error.filter.end", false: "cli.error.filter"}[e.Word == ""]
	return p.words.Say(key, diag.Args{"at": e.Character(), "word": e.Word, "why": e.Want})
}

func (v *analyzeVerb) vantage() reset.Vantage {
	if v.Vantage == "guess" {
		return reset.Guess
	}
	return reset.Vantage(v.Vantage)
}

// unread tells what could not be read, and returns the exit code for that.
func (p *program) unread(r app.Report) int {
	code := app.ExitWorks
	for _, c := range r.Captures {
		if c.Problem != "" {
			fmt.Fprintln(p.Stderr, "faultline: "+clean(c.Problem))
			code = app.ExitUsage
		}
	}
	return code
}

// answerCapture prints a report as it was asked for.
func (p *program) answerCapture(r app.Report, streams bool) error {
	if p.grammar.JSON {
		return p.printJSON(r)
	}
	return p.print(capturePage(r, p.words, p.out, amount{quiet: p.grammar.Quiet, verbose: p.grammar.Verbose}, streams))
}

// readingLine says how far the reading of captures is.
type readingLine struct {
	p    *program
	mu   sync.Mutex
	last app.Progress
}

func (l *readingLine) note(now app.Progress) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = now
}

func (l *readingLine) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	args := diag.Args{"file": l.last.File, "done": megabytes(l.last.Done)}
	switch {
	case l.last.File == "":
		return ""
	case l.last.Of <= 0:
		return l.p.words.Say("cli.reading", args)
	}
	args["percent"] = int(min(100, 100*l.last.Done/l.last.Of))
	return l.p.words.Say(map[int]string{1: "cli.reading.first", 2: "cli.reading.second"}[l.last.Pass], args)
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) + " MB" }
