package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"faultline/app"
	"faultline/diag"
	"faultline/platform"
)

type checkVerb struct {
	Targets []string `arg:"" name:"target" help:"${target}"`
	Port    []uint16 `help:"${port}" placeholder:"N"`
	Control string   `help:"${control}" placeholder:"HOST"`
	As      string   `help:"${as}" placeholder:"USER"`
	Trace   bool     `help:"${trace}"`
	common
}

// atOnce is how many targets are looked at side by side.
const atOnce = 4

// Run diagnoses each target, side by side, and answers in their order.
func (v *checkVerb) Run(ctx context.Context, p *program) error {
	targets, bad := v.parse(p)
	if v.Save != "" && len(targets)+bad > 1 {
		return fmt.Errorf("%s", p.words.Say("cli.error.save-one", nil))
	}
	if err := v.compare(p, targets); err != nil {
		return err
	}
	if v.As != "" {
		if err := p.Become(v.As); err != nil {
			return p.notAs(v.As, err)
		}
	}
	var codes []int
	if bad > 0 {
		codes = append(codes, app.ExitUsage)
	}
	jobs := p.start(ctx, targets, v)
	watch := p.watch(p.onTheWay(jobs))
	defer watch.stop()
	for i, j := range jobs {
		<-j.done
		if j.session == nil {
			continue // the user stopped before it began
		}
		watch.next()
		code, err := p.tell(j.session, v.common, len(targets)+bad > 1, i > 0)
		if err != nil {
			return err
		}
		codes = append(codes, code)
	}
	if ctx.Err() != nil {
		codes = append(codes, app.ExitCanceled)
	}
	p.code = app.Gravest(codes...)
	return nil
}

// parse reads the targets and tells which are none.
func (v *checkVerb) parse(p *program) (targets []diag.Target, bad int) {
	for _, given := range v.Targets {
		t, err := diag.ParseTarget(given)
		if err != nil {
			fmt.Fprintln(p.Stderr, "faultline: "+p.words.TargetError(err))
			bad++
			continue
		}
		if len(v.Port) == 0 {
			targets = append(targets, t)
		}
		for _, port := range v.Port {
			at, err := withPort(t, port)
			if err != nil {
				fmt.Fprintln(p.Stderr, "faultline: "+p.words.TargetError(err))
				bad++
				continue
			}
			targets = append(targets, at)
		}
	}
	return targets, bad
}

// compare names the host to compare with for every target.
func (v *checkVerb) compare(p *program, targets []diag.Target) error {
	if v.Control == "" {
		return nil
	}
	control, err := diag.ParseTarget(v.Control)
	if err != nil {
		return errors.New(p.words.Say("cli.error.control", diag.Args{"why": p.words.TargetError(err)}))
	}
	for i := range targets {
		targets[i].Control = control.String()
	}
	return nil
}

// withPort is the same target on another port.
func withPort(t diag.Target, port uint16) (diag.Target, error) {
	t.Port = 0
	given := t.String() + ":" + strconv.Itoa(int(port))
	if t.Scheme != "" {
		given = t.Scheme + "://" + given
	}
	at, err := diag.ParseTarget(given)
	at.RootPath = t.RootPath
	return at, err
}

// job is one target on its way.
type job struct {
	target  diag.Target
	done    chan struct{} // closed when there is a result, or will be none
	session *app.Session
	events  *latest
}

// start runs the targets in their order, a few at once.
func (p *program) start(ctx context.Context, targets []diag.Target, v *checkVerb) []*job {
	host, keep := p.host(v.common)
	free := make(chan struct{}, atOnce)
	var jobs []*job
	for _, t := range targets {
		jobs = append(jobs, &job{target: t, done: make(chan struct{}), events: &latest{}})
	}
	go func() {
		for _, j := range jobs {
			free <- struct{}{}
			if ctx.Err() != nil && j != jobs[0] {
				close(j.done)
				<-free
				continue
			}
			j.session = app.New(app.Settings{
				Host: host, Now: p.Now, Plan: p.Plan(), Target: j.target, Budget: time.Duration(v.Timeout),
				Thorough: v.Thorough, Trace: v.Trace, Seed: p.Seed, Events: j.events.note, Keep: keep,
			})
			j.session.Start(ctx)
			go func() {
				<-j.session.Done()
				close(j.done)
				<-free
			}()
		}
	}()
	return jobs
}

// host is the live host with the history of earlier runs, and what keeps a new
// one; without it when the user does not want it.
func (p *program) host(c common) (platform.Host, func(platform.GoodRun) error) {
	if c.NoHistory {
		return p.Host(), nil
	}
	return p.History.With(p.Host())
}

// tell answers for one target and returns its exit code. A bundle that cannot
// be written costs the exit code, never the answer.
func (p *program) tell(s *app.Session, c common, several, further bool) (int, error) {
	r := s.Report(p.words, p.Build.Version)
	code := r.ExitCode()
	unsaved := error(nil)
	if c.Save != "" {
		unsaved = p.save(s, r, c)
	}
	if err := p.answer(r, several, further); err != nil {
		return code, err
	}
	switch {
	case unsaved != nil:
		fmt.Fprintln(p.Stderr, "faultline: "+clean(unsaved.Error()))
		code = app.ExitUsage
	case c.Save != "" && !p.grammar.Quiet:
		fmt.Fprintln(p.Stderr, p.words.Say("cli.saved", diag.Args{"file": c.Save}))
	}
	return code, nil
}

// answer prints a report as it was asked for: of several as JSON, each is one
// line.
func (p *program) answer(r app.Report, several, further bool) error {
	if !p.grammar.JSON {
		return p.print(plain(r, p.words, p.out, amount{
			quiet: p.grammar.Quiet, verbose: p.grammar.Verbose, headed: several, spaced: further,
		}))
	}
	if !several {
		return p.printJSON(r)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encoding the report: %w", err)
	}
	return p.print(spelled(line) + "\n")
}

// notAs says why the look cannot be another user's.
func (p *program) notAs(user string, err error) error {
	key := "cli.error.as"
	switch {
	case errors.Is(err, platform.ErrNotFound):
		key = "cli.error.as-unknown"
	case errors.Is(err, platform.ErrPermission):
		key = "cli.error.as-not-root"
	}
	return errors.New(p.words.Say(key, diag.Args{"user": user, "why": err.Error()}))
}
