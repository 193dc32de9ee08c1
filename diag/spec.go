package diag

import (
	"context"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// Start says when a check may start.
type Start int

// The starts. OnTrouble waits until a check that faces the target failed or is
// slow; OnRequest until the user asks (intrusive: many connections, much data,
// or a third party); OnConsent likewise until there is trouble and the user
// agreed that something of this machine is changed for a moment.
const (
	AtOnce Start = iota
	OnTrouble
	OnRequest
	OnConsent
)

// Traffic says whom a check sends to.
type Traffic int

// The classes of traffic.
const (
	NoTraffic     Traffic = iota
	LocalTraffic          // this machine, its gateways and its configured resolvers
	TargetTraffic         // the target, through whatever lies before it
)

// Spec declares a check: what it needs, what it sends, how it looks (Probe)
// and how its data is judged (Judge, pure).
type Spec[T any] struct {
	ID    ID
	Layer catalog.Layer
	// After lists the checks that must have settled before Probe starts.
	After []Node
	// First lists checks of which one must have settled as observed, in the
	// order of preference: a later one serves only once there is trouble. When
	// all have settled otherwise, Probe starts too.
	//
	// A check whose data may be of no use to those says so with Serves.
	First []Node
	// Reads lists further checks that Judge looks at.
	Reads []Node
	// Serves says whether the data is enough for a check that names this one
	// in First; nil: always.
	Serves  func(data T) bool
	Timeout time.Duration
	Start   Start
	Traffic Traffic
	// Trips is how many round trips the probe makes when all is well; 0: one.
	// A check that takes longer than they explain is trouble.
	Trips int
	// Patience is how long the verdict on a fault waits for this check; 0:
	// until it settles.
	Patience time.Duration
	// Proxied: it looks at the way through a proxy. Where that is the only way
	// used, and works, no other check changes what is told.
	Proxied bool
	// Again has the probe run a second time at the end of the run; Same says
	// whether the two readings agree (nil: deep equality).
	Again  bool
	Same   func(first, later T) bool
	Tells  []catalog.Code  // the codes that Judge may yield
	Claims []catalog.Claim // the claims that Judge may make
	Probe  func(ctx context.Context, e *Env) (T, error)
	Judge  func(v View, data T) Judgement
	// Tell chooses the message of the check's line and its arguments: the
	// shape is the last part of the message's key, check.<id>.<shape>.
	Tell func(data T) (shape string, args Args)
	// Unclear lists the shapes that are no pass, even where no finding is made
	// of them: something was asked, and what came says nothing for sure.
	Unclear []string
}

// Check is a registered check and the typed access to its data.
type Check[T any] struct{ spec Spec[T] }

// Node is a check whatever its type.
type Node interface {
	ID() ID
	Layer() catalog.Layer
	Timeout() time.Duration
	Tells() []catalog.Code
	about() about
	probe(ctx context.Context, e *Env) (any, error)
	judge(v View, data any) Judgement
	same(first, later any) bool
	serves(data any) bool
	Tell(data any) (shape string, args Args)
	// Unclear reports whether a line of this shape is no pass.
	Unclear(shape string) bool
}

// about is the part of a Spec that does not depend on its type.
type about struct {
	layer               catalog.Layer
	after, first, reads []Node
	timeout             time.Duration
	start               Start
	traffic             Traffic
	trips               int
	patience            time.Duration
	again, proxied      bool
	tells               []catalog.Code
	claims              []catalog.Claim
}

// New makes a check of its declaration. It panics on one that can never run.
func New[T any](s Spec[T]) *Check[T] {
	if s.ID == "" || s.Timeout <= 0 || s.Probe == nil {
		panic("diag: check " + string(s.ID) + " lacks an id, a timeout or a probe")
	}
	return &Check[T]{s}
}

// ID returns the check's id.
func (c *Check[T]) ID() ID { return c.spec.ID }

// Layer returns the layer that the check looks at.
func (c *Check[T]) Layer() catalog.Layer { return c.spec.Layer }

// Tells returns the codes that the check's judge may yield.
func (c *Check[T]) Tells() []catalog.Code { return c.spec.Tells }

// Timeout returns how long the check takes at most.
func (c *Check[T]) Timeout() time.Duration { return c.spec.Timeout }

func (c *Check[T]) about() about {
	s := &c.spec
	return about{s.Layer, s.After, s.First, s.Reads, s.Timeout, s.Start, s.Traffic, max(s.Trips, 1), s.Patience, s.Again, s.Proxied, s.Tells, s.Claims}
}

func (c *Check[T]) probe(ctx context.Context, e *Env) (any, error) { return c.spec.Probe(ctx, e) }

func (c *Check[T]) judge(v View, data any) Judgement {
	d, ok := data.(T)
	if !ok || c.spec.Judge == nil {
		return Judgement{}
	}
	return c.spec.Judge(v, d)
}

func (c *Check[T]) same(first, later any) bool {
	a, b := first.(T), later.(T)
	if c.spec.Same == nil {
		return equal(a, b)
	}
	return c.spec.Same(a, b)
}

func (c *Check[T]) serves(data any) bool {
	d, ok := data.(T)
	return ok && (c.spec.Serves == nil || c.spec.Serves(d))
}

// Tell returns the message that says what the check saw; shape is "" when it
// has none.
func (c *Check[T]) Tell(data any) (shape string, args Args) {
	d, ok := data.(T)
	if !ok || c.spec.Tell == nil {
		return "", nil
	}
	return c.spec.Tell(d)
}

// Unclear reports whether a line of this shape is no pass.
func (c *Check[T]) Unclear(shape string) bool { return slices.Contains(c.spec.Unclear, shape) }

// Of returns the check's data when it was observed.
func (c *Check[T]) Of(v View) (T, bool) {
	o := v.Observation(c)
	d, ok := o.Data.(T)
	return d, ok && o.Outcome == Observed
}

// Later returns the check's second reading, made at the end of the run.
func (c *Check[T]) Later(v View) (T, bool) {
	d, ok := v.Observation(c).Later.(T)
	return d, ok
}

// Need returns the check's data for a probe, or the error that makes the
// probe's own check skipped.
func (c *Check[T]) Need(e *Env) (T, error) {
	d, ok := c.Of(e.View)
	if !ok {
		return d, &skip{string(c.spec.ID)}
	}
	return d, nil
}

// skip is the error of a probe that cannot run, or need not.
type skip struct{ reason string }

func (s *skip) Error() string { return "skipped: " + s.reason }

// Skip returns the error with which a probe says that it does not apply;
// reason is a word that app/text knows as skip.<reason>.
func Skip(reason string) error { return &skip{reason} }

// View is what a judge or a rule may look at: the target, the system, and the
// checks that it declared.
type View struct {
	Target Target
	System platform.SystemFacts
	seen   map[ID]*Observation
	allow  []Node // nil: all
}

// Observation returns what came of a check; one that has not settled has the
// zero outcome. Reading a check that was not declared is a bug and panics.
func (v View) Observation(n Node) Observation {
	if v.allow != nil && !slices.ContainsFunc(v.allow, func(m Node) bool { return m.ID() == n.ID() }) {
		panic("diag: " + string(n.ID()) + " is read and not declared")
	}
	if o := v.seen[n.ID()]; o != nil {
		return *o
	}
	return Observation{Check: n.ID()}
}

// Rule infers across checks. Infer is pure.
type Rule struct {
	Name    string
	Proxied bool // as a check's
	Reads   []Node
	Tells   []catalog.Code
	Claims  []catalog.Claim
	Infer   func(v View) Judgement
}

// Plan is what a diagnosis is made of.
type Plan struct {
	Checks  []Node
	Rules   []Rule
	Catalog catalog.Catalog
	// Ways tells, once names have been looked up, which ways the user's
	// program would take.
	Ways func(v View) []Way
	// Reads lists the checks that Ways looks at.
	Reads []Node
}
