package cli

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"faultline/diag"
)

// latest keeps what a session is doing. The session must not wait for it.
type latest struct {
	mu      sync.Mutex
	running []diag.ID
}

func (l *latest) note(e diag.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e.Kind {
	case diag.CheckStarted:
		l.running = append(l.running, e.Check)
	case diag.CheckSettled:
		var rest []diag.ID
		for _, id := range l.running {
			if id != e.Check {
				rest = append(rest, id)
			}
		}
		l.running = rest
	}
}

// check is the one that runs longest.
func (l *latest) check() diag.ID {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.running) == 0 {
		return ""
	}
	return l.running[0]
}

// watch shows, on one line of a terminal, what is being done.
type watch struct {
	p     *program
	style style
	say   func(at int) string // what is being done for the answer at; "": nothing
	mu    sync.Mutex
	at    int // the answer that is waited for
	end   chan struct{}
	ended sync.WaitGroup
	once  sync.Once
}

// redraw is how often the line is written again.
const redraw = 100 * time.Millisecond

func (p *program) watch(say func(at int) string) *watch {
	w := &watch{p: p, style: p.styleOf(p.Stderr), say: say, end: make(chan struct{})}
	if !w.style.terminal || p.grammar.Quiet {
		return w
	}
	w.draw()
	w.ended.Go(w.run)
	return w
}

func (w *watch) run() {
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.draw()
		case <-w.end:
			return
		}
	}
}

// next says that the answer for the job that was waited for comes now, so that
// the line must be gone.
func (w *watch) next() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at++
	w.erase()
}

func (w *watch) stop() {
	w.once.Do(func() { close(w.end) })
	w.ended.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.erase()
}

func (w *watch) erase() {
	if w.style.terminal && !w.p.grammar.Quiet {
		fmt.Fprint(w.p.Stderr, "\r\x1b[K")
	}
}

func (w *watch) draw() {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.say(w.at)
	if text == "" {
		return
	}
	g := &telling{page: newPage(&strings.Builder{}, w.style), words: w.p.words}
	line := g.shortened(text, w.style.width-1)
	fmt.Fprint(w.p.Stderr, "\r\x1b[K"+g.paint(signs[faint].escape, line))
}

// onTheWay says what the checks of each job are doing.
func (p *program) onTheWay(jobs []*job) func(at int) string {
	began := p.Now()
	return func(at int) string {
		if at >= len(jobs) {
			return ""
		}
		return p.checking(jobs[at], p.Now().Sub(began).Round(100*time.Millisecond))
	}
}

func (p *program) checking(j *job, took time.Duration) string {
	args := diag.Args{"target": j.target.String(), "for": took}
	id := j.events.check()
	switch {
	case took < time.Second:
		return p.words.Say("cli.progress.start", args)
	case id == "":
		return p.words.Say("cli.progress", args)
	}
	args["check"] = p.words.CheckTitle(id)
	return p.words.Say("cli.progress.check", args)
}
