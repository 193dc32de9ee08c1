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
	jobs  []*job
	began time.Time
	mu    sync.Mutex
	at    int // the job that is waited for
	end   chan struct{}
	ended sync.WaitGroup
	once  sync.Once
}

// redraw is how often the line is written again.
const redraw = 100 * time.Millisecond

func (p *program) watch(jobs []*job) *watch {
	w := &watch{p: p, style: p.styleOf(p.Stderr), jobs: jobs, began: p.Now(), end: make(chan struct{})}
	if !w.style.terminal || p.grammar.Quiet || len(jobs) == 0 {
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
	if w.at >= len(w.jobs) {
		return
	}
	g := &telling{page: newPage(&strings.Builder{}, w.style), words: w.p.words}
	line := g.shortened(w.text(w.jobs[w.at]), w.style.width-1)
	fmt.Fprint(w.p.Stderr, "\r\x1b[K"+g.paint(signs[faint].escape, line))
}

func (w *watch) text(j *job) string {
	took := w.p.Now().Sub(w.began).Round(100 * time.Millisecond)
	args := diag.Args{"target": j.target.String(), "for": took}
	id := j.events.check()
	switch {
	case took < time.Second:
		return w.p.words.Say("cli.progress.start", args)
	case id == "":
		return w.p.words.Say("cli.progress", args)
	}
	args["check"] = w.p.words.CheckTitle(id)
	return w.p.words.Say("cli.progress.check", args)
}
