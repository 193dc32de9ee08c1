package scene

import (
	"slices"
	"strconv"
	"time"

	"faultline/app"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
)

// Row is one layer of the ladder.
type Row struct {
	Layer   catalog.Layer
	Label   string
	Mark    Mark
	Finding string
	Began   time.Duration
	Took    time.Duration
	Skip    diag.ID // the running check that may be skipped; ""
}

// Look is the page of a run at one moment.
type Look struct {
	Host, Port string
	Status     string
	Elapsed    time.Duration
	Chain      Chain
	Rows       []Row
}

// Ladder follows a run by its events. It is not safe for several goroutines.
type Ladder struct {
	plan    diag.Plan
	target  diag.Target
	usual   map[diag.ID]time.Duration
	begun   map[diag.ID]time.Duration
	settled map[diag.ID]diag.Event
	known   diag.Judgement // of the latest event
	latest  int
}

// NewLadder makes the ladder of a run. usual is how long its checks took
// before on this computer.
func NewLadder(p diag.Plan, t diag.Target, usual map[diag.ID]time.Duration) *Ladder {
	return &Ladder{plan: p, target: t, usual: usual, begun: map[diag.ID]time.Duration{}, settled: map[diag.ID]diag.Event{}}
}

// Apply takes in one event. Events of different checks may come in any order.
func (l *Ladder) Apply(e diag.Event) {
	switch e.Kind {
	case diag.CheckStarted:
		l.begun[e.Check] = e.At
	case diag.CheckSettled:
		l.settled[e.Check] = e
		// More is known with every check that has settled, whatever the order
		// in which its events come.
		if n := len(e.Judgement.Findings) + len(e.Judgement.Claims); n >= l.latest {
			l.known, l.latest = e.Judgement, n
		}
	}
}

// skippable is how long a check runs before it offers to be skipped.
const skippable = time.Second

// layers of the ladder, from the cable up.
var layers = []catalog.Layer{catalog.Link, catalog.Address, catalog.Neighbor, catalog.Route, catalog.Name, catalog.Path,
	catalog.Transport, catalog.Firewall, catalog.Session, catalog.Application}

// At is the page at a moment of the run.
func (l *Ladder) At(now time.Duration, w *text.Words) Look {
	page := Look{Host: HostName(l.target), Elapsed: now, Chain: l.chain(w)}
	if l.target.Port != 0 {
		page.Port = strconv.Itoa(int(l.target.Port))
	}
	for _, layer := range layers {
		if checks := l.of(layer); len(checks) > 0 {
			page.Rows = append(page.Rows, l.row(layer, checks, now, w))
		}
	}
	page.Status = l.status(w)
	return page
}

// HostName is how people know the host of a target.
func HostName(t diag.Target) string {
	switch {
	case t.Unicode != "":
		return t.Unicode
	case t.Addr.IsValid():
		return t.Addr.String()
	}
	return t.Host
}

func (l *Ladder) of(layer catalog.Layer) []diag.Node {
	var all []diag.Node
	for _, n := range l.plan.Checks {
		if n.Layer() == layer {
			all = append(all, n)
		}
	}
	return all
}

func (l *Ladder) running(id diag.ID) bool {
	_, begun := l.begun[id]
	_, settled := l.settled[id]
	return begun && !settled
}

// oldest is the check that has been running for longest.
func (l *Ladder) oldest(among []diag.Node) (diag.Node, bool) {
	var found diag.Node
	for _, n := range among {
		if l.running(n.ID()) && (found == nil || l.begun[n.ID()] < l.begun[found.ID()]) {
			found = n
		}
	}
	return found, found != nil
}

// status says what is being done now.
func (l *Ladder) status(w *text.Words) string {
	if n, ok := l.oldest(l.plan.Checks); ok {
		return w.Say("look.status", diag.Args{"check": w.CheckTitle(n.ID())})
	}
	if len(l.begun) == 0 {
		return w.Say("look.start", nil)
	}
	return w.Say("look.thinking", nil)
}

func (l *Ladder) row(layer catalog.Layer, checks []diag.Node, now time.Duration, w *text.Words) Row {
	r := Row{Layer: layer, Label: w.Say("ladder."+string(layer), nil), Mark: Waiting}
	if n, ok := l.oldest(checks); ok {
		r.Mark, r.Began = Running, l.begun[n.ID()]
		r.Took = now - r.Began
		r.Finding = l.asks(n, w)
		if r.Took >= skippable {
			r.Skip = n.ID()
		}
		return r
	}
	best, ok := l.telling(checks)
	if !ok {
		return r
	}
	r.Mark, r.Finding = l.mark(best), line(l.node(best.Check), best.Observation, w)
	if f, ok := l.finding(best.Check); ok && r.Mark != Pass {
		r.Finding = capital(w.Title(f.Code)) + w.Say("cli.colon", nil) + r.Finding
	}
	r.Began, r.Took = l.span(checks)
	return r
}

// asks says what a running check asks, and how long that takes.
func (l *Ladder) asks(n diag.Node, w *text.Words) string {
	a := diag.Args{"check": w.CheckTitle(n.ID()), "most": n.Timeout()}
	if usual, ok := l.usual[n.ID()]; ok {
		a["usual"] = usual
		return w.Say("look.running.usual", a)
	}
	return w.Say("look.running", a)
}

func (l *Ladder) node(id diag.ID) diag.Node {
	i := slices.IndexFunc(l.plan.Checks, func(n diag.Node) bool { return n.ID() == id })
	return l.plan.Checks[i]
}

// leading are the checks that speak for their layer when none has failed.
var leading = map[diag.ID]int{"links.read": 1, "neighbor.gateway": 1, "routes.target": 2, "routes.read": 1,
	"names.system": 3, "names.servers": 2, "names.hosts": 1, "ping.target": 1, "target.alive": 2, "tcp.connect": 3, "counters.read": 1, "talk.target": 1}

// telling is the settled check that says most about its layer.
func (l *Ladder) telling(checks []diag.Node) (diag.Event, bool) {
	rank := func(e diag.Event) int {
		n := leading[e.Check]
		switch l.mark(e) {
		case Fail:
			n += 40
		case Warn:
			n += 30
		case Pass:
			n += 20
		case Unknown:
			n += 10
		}
		return n
	}
	var best diag.Event
	found := false
	for _, n := range checks {
		e, ok := l.settled[n.ID()]
		if ok && (!found || rank(e) > rank(best)) {
			best, found = e, true
		}
	}
	return best, found
}

// mark is the state of a settled check by what is known so far.
func (l *Ladder) mark(e diag.Event) Mark {
	switch e.Observation.Outcome {
	case diag.Observed:
	case diag.Skipped, diag.NotNeeded:
		return Skipped
	default:
		return Unknown
	}
	f, ok := l.finding(e.Check)
	if !ok {
		return Pass
	}
	if l.plan.Catalog[f.Code].Weight == catalog.Blocks && !l.claimed(catalog.Answers) {
		return Fail
	}
	return Warn
}

// finding is the gravest finding that rests on a check first of all.
func (l *Ladder) finding(id diag.ID) (diag.Finding, bool) {
	var found diag.Finding
	for _, f := range l.known.Findings {
		weight := l.plan.Catalog[f.Code].Weight
		if len(f.Against) > 0 || len(f.Evidence) == 0 || f.Evidence[0].Check != id || weight == catalog.Notes {
			continue
		}
		if found.Code == "" || weight == catalog.Blocks {
			found = f
		}
	}
	return found, found.Code != ""
}

// line says in words what a check saw, or why it brought nothing.
func line(n diag.Node, o diag.Observation, w *text.Words) string {
	if o.Outcome == diag.Observed {
		if shape, args := n.Tell(o.Data); shape != "" {
			return w.CheckLine(o.Check, shape, args)
		}
	}
	return w.Outcome(o.Outcome, o.Reason)
}

// span is when the first of some checks began and how long they took.
func (l *Ladder) span(checks []diag.Node) (began, took time.Duration) {
	began = -1
	var end time.Duration
	for _, n := range checks {
		b, ok := l.begun[n.ID()]
		if !ok {
			continue
		}
		if began < 0 || b < began {
			began = b
		}
		end = max(end, l.settled[n.ID()].At)
	}
	return max(began, 0), max(end-max(began, 0), 0)
}

func (l *Ladder) claimed(c catalog.Claim) bool { return claims(l.known.Claims, c) }

// chain is the fault line while it is being looked at.
func (l *Ladder) chain(w *text.Words) Chain {
	proven := map[app.Place]bool{
		app.AtComputer: len(l.begun) > 0,
		app.AtAdapter:  l.passed("links.read"),
		app.AtGateway:  l.claimed(catalog.GatewayAlive) || l.claimed(catalog.BeyondGateway),
		app.AtNetwork:  l.claimed(catalog.BeyondGateway) && l.claimed(catalog.TargetAlive),
		app.AtServer:   l.claimed(catalog.TargetAlive),
		app.AtService:  l.claimed(catalog.Answers),
	}
	var c Chain
	for _, p := range l.places() {
		c.Nodes = append(c.Nodes, Node{Place: p, Glyph: glyphs[p], Label: w.Say("chain."+string(p), nil), Detail: l.detail(p, w)})
	}
	last := -1
	for i, n := range c.Nodes {
		if proven[n.Place] {
			last = i
		}
	}
	for i := range c.Nodes {
		n := &c.Nodes[i]
		switch {
		case i <= last:
			n.State, n.Joint = NodePass, JointProven
		case i == last+1:
			n.State, n.Joint = NodeRunning, JointRunning
			n.Detail = w.Say("node.checking", nil)
		}
	}
	return c
}

func (l *Ladder) passed(id diag.ID) bool {
	e, ok := l.settled[id]
	return ok && l.mark(e) == Pass
}

// places are the nodes that the way has, as far as it is known.
func (l *Ladder) places() []app.Place {
	shape, _ := l.told("routes.target")
	switch shape {
	case "local":
		return []app.Place{app.AtComputer, app.AtService}
	case "onlink":
		return []app.Place{app.AtComputer, app.AtAdapter, app.AtNetwork, app.AtServer, app.AtService}
	}
	return []app.Place{app.AtComputer, app.AtAdapter, app.AtGateway, app.AtNetwork, app.AtServer, app.AtService}
}

func (l *Ladder) told(id diag.ID) (string, diag.Args) {
	e, ok := l.settled[id]
	if !ok || e.Observation.Outcome != diag.Observed {
		return "", nil
	}
	return l.node(id).Tell(e.Observation.Data)
}

func (l *Ladder) detail(p app.Place, w *text.Words) string {
	_, route := l.told("routes.target")
	arg := func(name string) string { s, _ := route[name].(string); return s }
	switch p {
	case app.AtAdapter:
		return arg("adapter")
	case app.AtGateway:
		return arg("gateway")
	case app.AtService:
		if l.target.Port != 0 {
			return w.Say("node.port", diag.Args{"port": strconv.Itoa(int(l.target.Port))})
		}
	}
	return ""
}
