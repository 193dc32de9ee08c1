package diag

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// Options of one run. Now is required.
type Options struct {
	Now func() time.Time
	// Replay switches off every deadline and every choice by time: a
	// recording holds what was waited for and what was chosen.
	Replay bool
	Events func(Event)   // called from one goroutine at a time; must not block
	Budget time.Duration // for the whole run; 0: 12 s
	Seed   uint64        // for choices that must not be predictable, and must be repeatable
	// Thorough allows what is sent on request only.
	Thorough bool
	// Trace allows what changes something of this machine for a moment, to see
	// which of its rules a packet meets.
	Trace   bool
	Without []ID // checks that must not run
	// Skip tells which running checks the user does not want to wait for.
	Skip <-chan ID
	// Asked tells which methods of the port a check has called; nil: it is not
	// known, and may be any.
	Asked func(ID) []string
}

// Result is all that a run gave.
type Result struct {
	Target       Target
	System       platform.SystemFacts
	Started      time.Time
	Took         time.Duration
	Observations []Observation // by layer, then id
	Judgement    Judgement
	Verdict      Verdict
	Trouble      bool // the checks for trouble were started
	Canceled     bool
	Broken       []string // rules and checks that panicked, and how: bugs of this program
}

const defaultBudget = 12 * time.Second

// Run looks at the target through host as plan says and judges what it saw. It
// always returns a judged result: an ended ctx only makes it a partial one.
func Run(ctx context.Context, host platform.Host, plan Plan, target Target, opt Options) Result {
	r := newRun(host, plan, target, opt)
	budget := opt.Budget
	if budget == 0 {
		budget = defaultBudget
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	r.describe(work)
	told := r.list(work)
	r.loop(ctx, work, budget)
	if !r.canceled {
		r.readAgain(work)
	}
	return r.result(<-told)
}

// run is the state of one run; only the goroutine of Run touches it.
type run struct {
	host    platform.Host
	plan    Plan
	target  Target
	opt     Options
	started time.Time
	seen    map[ID]*Observation
	running map[ID]running
	settled chan Observation
	system  platform.SystemFacts
	trouble bool
	rtt     *longest
	broken  []string // rules that panicked
	spent   spent
	// canceled: the user ended the run before everything had settled.
	canceled bool
}

// running is a check under way.
type running struct {
	cancel context.CancelFunc
	begun  time.Duration
	trips  int           // 0: takes as long as it takes
	wait   time.Duration // how long the verdict on a fault waits for it; 0: until it settles
	// skipped: the user does not want to wait for it
	skipped bool
}

func newRun(host platform.Host, plan Plan, target Target, opt Options) *run {
	plan.Checks = slices.DeleteFunc(slices.Clone(plan.Checks), func(n Node) bool {
		return slices.Contains(opt.Without, n.ID())
	})
	slices.SortFunc(plan.Checks, func(a, b Node) int { return compare(a.ID(), b.ID()) })
	return &run{
		host: host, plan: plan, target: target, opt: opt, started: opt.Now(), rtt: &longest{},
		seen: map[ID]*Observation{}, running: map[ID]running{},
		settled: make(chan Observation, len(plan.Checks)),
	}
}

func (r *run) since() time.Duration { return r.opt.Now().Sub(r.started) }

func (r *run) describe(ctx context.Context) {
	ctx, cancel := r.deadline(ctx, abandonAfter)
	defer cancel()
	r.system, _ = r.host.System.Describe(platform.WithCaller(ctx, "system"), platform.Reading{})
}

// loop starts what can start and takes in what settles, until nothing is left
// or nothing that is left could change the verdict.
func (r *run) loop(user, work context.Context, budget time.Duration) {
	if r.opt.Replay {
		user = context.WithoutCancel(user)
		r.recall(work)
	}
	over, look := r.timer(budget), r.timer(slowest)
	defer over.Stop()
	defer look.Stop()
	for {
		if user.Err() != nil {
			r.end(work, Canceled, "user")
			return
		}
		r.startReady(work)
		if len(r.running) == 0 {
			return
		}
		r.watch(look)
		select {
		case o := <-r.settled:
			r.takeIn(work, o)
		case id := <-r.opt.Skip:
			r.skip(id)
		case <-look.C:
		case <-over.C:
			r.end(work, TimedOut, "budget")
			return
		case <-user.Done():
			continue
		}
		if r.late() || r.troubled() {
			r.foundTrouble(work)
		}
		if !r.opt.Replay && r.enough() {
			r.end(work, NotNeeded, "verdict")
			return
		}
	}
}

// timer returns a timer that never fires in a replay.
func (r *run) timer(d time.Duration) *time.Timer {
	t := time.NewTimer(d)
	if r.opt.Replay {
		t.Stop()
	}
	return t
}

// startReady starts every check whose turn has come, and settles those that
// were not reached.
func (r *run) startReady(ctx context.Context) {
	for again := true; again; {
		again = false
		for _, n := range r.plan.Checks {
			if _, busy := r.running[n.ID()]; busy || r.seen[n.ID()] != nil || !r.ready(n) {
				continue
			}
			if n.about().traffic == LocalTraffic && r.target.Addr.IsLoopback() {
				r.settleHere(ctx, n.ID(), Skipped, "local-target")
				again = true
				continue
			}
			r.start(ctx, n)
			again = true
		}
		if len(r.running) == 0 {
			again = r.leaveOut(ctx) || again
		}
	}
}

func (r *run) ready(n Node) bool {
	a := n.about()
	if a.start == OnTrouble && !r.trouble || a.start == OnRequest && !r.opt.Thorough || a.start == OnConsent && !(r.trouble && r.opt.Trace) {
		return false
	}
	return r.all(a.after) && (len(a.first) == 0 || r.any(a.first[:1]) || r.trouble && r.any(a.first) || r.all(a.first))
}

func (r *run) all(ns []Node) bool {
	return !slices.ContainsFunc(ns, func(n Node) bool { return r.seen[n.ID()] == nil && r.planned(n) })
}

func (r *run) any(ns []Node) bool {
	return slices.ContainsFunc(ns, func(n Node) bool {
		o := r.seen[n.ID()]
		return o != nil && o.Outcome == Observed && n.serves(o.Data)
	})
}

func (r *run) planned(n Node) bool {
	return slices.ContainsFunc(r.plan.Checks, func(m Node) bool { return m.ID() == n.ID() })
}

// leaveOut settles what can no longer start: checks for trouble when there was
// none, and checks on request that nobody requested. What comes after those
// has its turn then.
func (r *run) leaveOut(ctx context.Context) bool {
	left := false
	for _, n := range r.plan.Checks {
		start := n.about().start
		switch {
		case r.seen[n.ID()] != nil:
			continue
		case start == OnRequest && !r.opt.Thorough:
			r.settleHere(ctx, n.ID(), NotNeeded, "on-request")
		case start == OnConsent && !r.opt.Trace:
			r.settleHere(ctx, n.ID(), NotNeeded, "on-consent")
		case (start == OnTrouble || start == OnConsent) && !r.trouble:
			r.settleHere(ctx, n.ID(), NotNeeded, "no-trouble")
		default:
			continue
		}
		left = true
	}
	return left
}

// start runs one check's probe in a goroutine of its own.
func (r *run) start(ctx context.Context, n Node) {
	id, a := n.ID(), n.about()
	ctx, cancel := r.deadline(platform.WithCaller(ctx, string(id)), a.timeout)
	began := r.since()
	r.running[id] = running{cancel: cancel, begun: began, trips: tripsOf(a), wait: a.patience}
	r.tell(Event{Kind: CheckStarted, Check: id, At: began})
	e := &Env{Host: r.host, View: r.view(slices.Concat(a.after, a.first)), run: r, check: id}
	go func() {
		o := await(ctx, n, e)
		o.Began, o.Took = began, r.since()-began
		r.settled <- o
	}()
}

func (r *run) deadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if r.opt.Replay {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, d)
}

// skip ends a running check early. A probe that finishes all the same keeps
// what it saw.
func (r *run) skip(id ID) {
	if busy, ok := r.running[id]; ok {
		busy.skipped = true
		r.running[id] = busy
		busy.cancel()
	}
}

// takeIn settles a check by what came of its probe. That a probe was abandoned
// is the engine's own choice.
func (r *run) takeIn(ctx context.Context, o Observation) {
	if r.running[o.Check].skipped && o.Outcome != Observed {
		r.settleHere(ctx, o.Check, Skipped, "user")
		return
	}
	if o.Reason == abandoned {
		r.record(ctx, "outcome:"+string(o.Check), [2]string{string(o.Outcome), o.Reason})
	}
	r.settle(o)
}

// settle notes what came of a check.
func (r *run) settle(o Observation) {
	if busy, ok := r.running[o.Check]; ok {
		busy.cancel()
		delete(r.running, o.Check)
	}
	r.seen[o.Check] = &o
	if r.opt.Events != nil {
		c := r.judge()
		r.tell(Event{Kind: CheckSettled, Check: o.Check, At: r.since(), Observation: o, Judgement: Judgement{c.Findings, c.Claims}})
	}
}

// settleHere settles a check by the engine's own choice, and records it.
func (r *run) settleHere(ctx context.Context, id ID, out Outcome, reason string) {
	r.record(ctx, "outcome:"+string(id), [2]string{string(out), reason})
	r.settle(Observation{Check: id, Outcome: out, Reason: reason, Began: r.since()})
}

// end stops every running check and settles all that is left with one outcome.
// A probe that finishes while it is being stopped keeps what it saw, unless the
// verdict stands without it.
func (r *run) end(ctx context.Context, out Outcome, reason string) {
	r.canceled = out == Canceled
	for _, busy := range r.running {
		busy.cancel()
	}
	for range len(r.running) {
		switch o := <-r.settled; {
		case o.Outcome == Observed && out != NotNeeded:
			r.settle(o)
		case o.Reason == abandoned:
			r.settleHere(ctx, o.Check, out, abandoned)
		}
	}
	for _, n := range r.plan.Checks {
		if r.seen[n.ID()] == nil {
			r.settleHere(ctx, n.ID(), out, reason)
		}
	}
}

// foundTrouble lets the checks for trouble start.
func (r *run) foundTrouble(ctx context.Context) {
	if r.trouble || r.opt.Replay {
		return
	}
	r.trouble = true
	r.record(ctx, "trouble", true)
	r.tell(Event{Kind: TroubleFound, At: r.since()})
}

func (r *run) tell(e Event) {
	if r.opt.Events != nil {
		r.opt.Events(e)
	}
}

// record makes a choice of the engine part of the record.
func (r *run) record(ctx context.Context, key string, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("diag: a decision that JSON cannot carry: " + key)
	}
	r.host.Decisions.Decide(ctx, platform.DecisionAsk{Key: key, Proposed: raw})
}

// decided reads a yes-or-no choice of the recorded run.
func (r *run) decided(ctx context.Context, key string) bool {
	raw, err := r.host.Decisions.Decide(ctx, platform.DecisionAsk{Key: key, Proposed: json.RawMessage("false")})
	var yes bool
	return err == nil && json.Unmarshal(raw, &yes) == nil && yes
}

// recall takes over what the recorded run settled by its own choice.
func (r *run) recall(ctx context.Context) {
	r.trouble = r.decided(ctx, "trouble")
	for _, n := range r.plan.Checks {
		if o, ok := r.recorded(ctx, n.ID()); ok {
			r.canceled = r.canceled || o.Outcome == Canceled
			r.settle(o)
		}
	}
}

// recorded returns how the recorded run settled a check by its own choice. What
// was observed is never taken on trust.
func (r *run) recorded(ctx context.Context, id ID) (Observation, bool) {
	raw, err := r.host.Decisions.Decide(ctx, platform.DecisionAsk{Key: "outcome:" + string(id)})
	var how [2]string
	if err != nil || json.Unmarshal(raw, &how) != nil {
		return Observation{}, false
	}
	o := Observation{Check: id, Outcome: Outcome(how[0]), Reason: how[1]}
	return o, o.Outcome == NotNeeded || o.Outcome == TimedOut || o.Outcome == Canceled
}

func compare(a, b ID) int {
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}

var layers = []catalog.Layer{catalog.Link, catalog.Address, catalog.Route, catalog.Neighbor, catalog.Name,
	catalog.Path, catalog.Transport, catalog.Session, catalog.Application, catalog.Firewall, catalog.NoLayer}
