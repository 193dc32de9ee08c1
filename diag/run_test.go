package diag

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

// ms is a time in a run.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// takes is a probe that needs some time and obeys its context.
func takes(d time.Duration) func(context.Context, *Env) (string, error) {
	return func(ctx context.Context, _ *Env) (string, error) {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return "seen", nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

// fails is a probe whose host answers with an error.
func fails(err error) func(context.Context, *Env) (string, error) {
	return func(context.Context, *Env) (string, error) { return "", err }
}

// says is a judge of fixed opinion.
func says(j Judgement) func(View, string) Judgement {
	return func(View, string) Judgement { return j }
}

func finds(f ...Finding) func(View, string) Judgement { return says(Judgement{Findings: f}) }

// fake makes a check, with what a spec leaves out.
func fake(s Spec[string]) *Check[string] {
	if s.Layer == "" {
		s.Layer = catalog.Link
	}
	if s.Timeout == 0 {
		s.Timeout = 8 * time.Second
	}
	return New(s)
}

// ran is one run under a fake clock, with what it told while it ran.
type ran struct {
	Result
	events []Event
}

func (r ran) of(t *testing.T, n Node) Observation {
	t.Helper()
	for _, o := range r.Observations {
		if o.Check == n.ID() {
			return o
		}
	}
	t.Fatalf("%s has no observation", n.ID())
	return Observation{}
}

// started is when a check started, -1 when it never did.
func (r ran) started(n Node) time.Duration {
	for _, e := range r.events {
		if e.Kind == CheckStarted && e.Check == n.ID() {
			return e.At
		}
	}
	return -1
}

func (r ran) settledOnce(t *testing.T) {
	t.Helper()
	count := map[ID]int{}
	for _, e := range r.events {
		if e.Kind == CheckSettled {
			count[e.Check]++
		}
	}
	for _, o := range r.Observations {
		if count[o.Check] != 1 {
			t.Errorf("%s settled %d times", o.Check, count[o.Check])
		}
	}
}

// play runs a plan. It returns while the clock stands still.
func play(t *testing.T, ctx context.Context, plan Plan, opt Options) (r ran) {
	t.Helper()
	if plan.Catalog == nil {
		plan.Catalog = catalog.All()
	}
	opt.Now = time.Now
	opt.Events = func(e Event) { r.events = append(r.events, e) }
	host := platform.Unsupported()
	host.System = listed{System: host.System}
	r.Result = Run(ctx, host, plan, Target{}, opt)
	r.settledOnce(t)
	return r
}

func want(t *testing.T, o Observation, out Outcome, reason string) {
	t.Helper()
	if o.Outcome != out || o.Reason != reason {
		t.Errorf("%s: got %s, %q want %s, %q", o.Check, o.Outcome, o.Reason, out, reason)
	}
}

func wantAt(t *testing.T, what string, got, want time.Duration) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %s want %s", what, got, want)
	}
}

func TestRunStartsWhatCanStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := fake(Spec[string]{ID: "a", Layer: catalog.Transport, Probe: takes(ms(100))})
		b := fake(Spec[string]{ID: "b", Probe: takes(ms(80))})
		c := fake(Spec[string]{ID: "c", After: []Node{a, b}, Probe: func(ctx context.Context, e *Env) (string, error) {
			return a.Need(e)
		}})
		gone := fake(Spec[string]{ID: "gone", Probe: takes(ms(1))})
		d := fake(Spec[string]{ID: "d", After: []Node{gone}, Probe: func(ctx context.Context, e *Env) (string, error) {
			return gone.Need(e)
		}})
		r := play(t, t.Context(), Plan{Checks: []Node{c, a, gone, d, b}}, Options{Without: []ID{"gone"}})
		wantAt(t, "the run took", r.Took, ms(100))
		for n, at := range map[Node]time.Duration{a: 0, b: 0, c: ms(100), d: 0, gone: -1} {
			wantAt(t, string(n.ID())+" started", r.started(n), at)
		}
		want(t, r.of(t, c), Observed, "")
		want(t, r.of(t, d), Skipped, "gone")
		var order []ID
		for _, o := range r.Observations {
			order = append(order, o.Check)
		}
		if !slices.Equal(order, []ID{"b", "c", "d", "a"}) {
			t.Errorf("order: got %v want by layer, then id", order)
		}
		if o := r.of(t, b); o.Data != "seen" || o.Took != ms(80) || r.Verdict.Code != Inconclusive {
			t.Errorf("b: got %+v, verdict %s", o, r.Verdict.Code)
		}
	})
}

func TestRunFirst(t *testing.T) {
	broken := fails(errors.New("broken"))
	for _, c := range []struct {
		name             string
		preferred, later func(context.Context, *Env) (string, error)
		hurried          bool // the preferred one is measured by its time
		starts           time.Duration
		sees             string
	}{
		{"preferred answers first", takes(ms(10)), takes(ms(50)), true, ms(10), "preferred"},
		{"later answers first, no trouble", takes(ms(1000)), takes(ms(50)), false, ms(1000), "preferred later"},
		{"later answers first, then trouble", takes(ms(1000)), takes(ms(50)), true, ms(400), "later"},
		{"preferred fails", broken, takes(ms(50)), true, ms(50), "later"},
		{"both fail", broken, broken, true, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := Spec[string]{ID: "preferred", Probe: c.preferred}
				if c.hurried {
					s.Traffic = TargetTraffic
				}
				preferred, later := fake(s), fake(Spec[string]{ID: "later", Probe: c.later})
				sees := ""
				after := fake(Spec[string]{ID: "after", First: []Node{preferred, later}, Probe: func(_ context.Context, e *Env) (string, error) {
					for _, n := range []*Check[string]{preferred, later} {
						if _, ok := n.Of(e.View); ok && sees != "" {
							sees += " " + string(n.ID())
						} else if ok {
							sees = string(n.ID())
						}
					}
					return "", nil
				}})
				r := play(t, t.Context(), Plan{Checks: []Node{after, preferred, later}}, Options{})
				wantAt(t, "started", r.started(after), c.starts)
				if sees != c.sees {
					t.Errorf("sees: got %q want %q", sees, c.sees)
				}
			})
		})
	}
}

func TestRunOutcomes(t *testing.T) {
	for _, c := range []struct {
		name   string
		probe  func(context.Context, *Env) (string, error)
		out    Outcome
		reason string
		took   time.Duration
	}{
		{"in time", takes(ms(900)), Observed, "", ms(900)},
		{"deadline", takes(ms(5000)), TimedOut, "context deadline exceeded", ms(1000)},
		{"deadline, with something seen", func(ctx context.Context, _ *Env) (string, error) {
			<-ctx.Done()
			return "half", nil
		}, Observed, "", ms(1000)},
		{"panic", func(context.Context, *Env) (string, error) { panic("oh") }, Failed, "internal error", 0},
		{"no mechanism", fails(platform.ErrUnsupported), Unsupported, "", 0},
		{"no rights", fails(&platform.Problem{Code: platform.Permission, Text: "root only"}), Denied, "root only", 0},
		{"error", fails(errors.New("no such device")), Failed, "no such device", 0},
		{"does not apply", fails(Skip("literal")), Skipped, "literal", 0},
		{"not recorded", fails(platform.ErrNotRecorded), NotRecorded, "", 0},
		{"undeclared read", func(_ context.Context, e *Env) (string, error) {
			return fake(Spec[string]{ID: "stranger", Probe: takes(0)}).Need(e)
		}, Failed, "internal error", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := fake(Spec[string]{ID: "n", Timeout: time.Second, Probe: c.probe})
				other := fake(Spec[string]{ID: "other", After: []Node{n}, Probe: takes(ms(10))})
				r := play(t, t.Context(), Plan{Checks: []Node{n, other}}, Options{})
				want(t, r.of(t, n), c.out, c.reason)
				wantAt(t, "took", r.of(t, n).Took, c.took)
				want(t, r.of(t, other), Observed, "")
			})
		})
	}
}

func TestRunSurvivesABrokenJudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := fake(Spec[string]{ID: "n", Probe: takes(0), Judge: func(View, string) Judgement { panic("oh") }})
		other := fake(Spec[string]{ID: "other", Probe: takes(ms(10)), Judge: finds(direct("gateway.none", everywhere))})
		r := play(t, t.Context(), Plan{Checks: []Node{n, other}}, Options{})
		want(t, r.of(t, n), Failed, "internal error")
		if len(r.Broken) != 1 {
			t.Errorf("broken: got %v want one check", r.Broken)
		}
		if r.Verdict.Code != "gateway.none" {
			t.Errorf("verdict: got %s want gateway.none", r.Verdict.Code)
		}
	})
}

// stubborn is a probe that ignores its context until it is let go.
func stubborn(let <-chan struct{}) func(context.Context, *Env) (string, error) {
	return func(context.Context, *Env) (string, error) { <-let; return "late", nil }
}

func TestRunAbandonsAStubbornProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		time.AfterFunc(ms(3500), func() { close(let) })
		n := fake(Spec[string]{ID: "n", Timeout: time.Second, Probe: stubborn(let)})
		after := fake(Spec[string]{ID: "after", After: []Node{n}, Probe: takes(ms(2000))})
		r := play(t, t.Context(), Plan{Checks: []Node{n, after}}, Options{})
		want(t, r.of(t, n), TimedOut, "abandoned")
		wantAt(t, "it took", r.of(t, n).Took, ms(3000))
		wantAt(t, "what comes after it started", r.started(after), ms(3000))
		wantAt(t, "the run took", r.Took, ms(5000))
		if r.of(t, n).Data != nil {
			t.Errorf("what came too late was taken in: %v", r.of(t, n).Data)
		}
	})
}

func TestRunCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		defer close(let)
		quick := fake(Spec[string]{ID: "quick", Probe: takes(ms(10)), Judge: finds(direct("dns.refused", everywhere))})
		slow := fake(Spec[string]{ID: "slow", Probe: takes(ms(5000)), Tells: []catalog.Code{"link.no-carrier"}})
		half := fake(Spec[string]{ID: "half", Tells: []catalog.Code{"dns.refused"}, Probe: func(ctx context.Context, _ *Env) (string, error) {
			<-ctx.Done()
			return "half", nil
		}, Claims: []catalog.Claim{catalog.Answers}})
		after := fake(Spec[string]{ID: "after", After: []Node{slow}, Probe: takes(0)})
		deaf := fake(Spec[string]{ID: "deaf", Probe: stubborn(let)})
		again := 0
		passive := fake(Spec[string]{ID: "passive", Again: true, Probe: func(context.Context, *Env) (string, error) { again++; return "", nil }})
		unsure := Rule{Name: "unsure", Reads: []Node{slow}, Tells: []catalog.Code{"dns.udp-blocked"}, Infer: func(View) Judgement { return Judgement{} }}
		plan := Plan{Checks: []Node{quick, slow, half, after, deaf, passive}, Rules: []Rule{unsure}, Reads: []Node{slow}}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(ms(100), cancel)
		r := play(t, ctx, plan, Options{})
		want(t, r.of(t, quick), Observed, "")
		want(t, r.of(t, half), Observed, "")
		want(t, r.of(t, slow), Canceled, "user")
		want(t, r.of(t, after), Canceled, "user")
		want(t, r.of(t, deaf), Canceled, "abandoned")
		wantAt(t, "the run took", r.Took, ms(2100))
		if !r.Canceled || r.Verdict.Code != "dns.refused" || again != 1 {
			t.Errorf("got canceled %v, verdict %s, %d readings want true, dns.refused, 1", r.Canceled, r.Verdict.Code, again)
		}
	})
}

func TestRunCanceledBeforeItBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n := fake(Spec[string]{ID: "n", Probe: takes(0)})
		r := play(t, ctx, Plan{Checks: []Node{n}}, Options{})
		want(t, r.of(t, n), Canceled, "user")
		wantAt(t, "started", r.started(n), -1)
	})
}

func TestRunBudget(t *testing.T) {
	for name, c := range map[string]struct {
		opt  Options
		took time.Duration
	}{"given": {Options{Budget: time.Second}, time.Second}, "usual": {Options{}, defaultBudget}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				quick := fake(Spec[string]{ID: "quick", Probe: takes(ms(10))})
				slow := fake(Spec[string]{ID: "slow", Timeout: time.Hour, Probe: takes(time.Minute)})
				after := fake(Spec[string]{ID: "after", After: []Node{slow}, Probe: takes(0)})
				r := play(t, t.Context(), Plan{Checks: []Node{quick, slow, after}}, c.opt)
				want(t, r.of(t, quick), Observed, "")
				want(t, r.of(t, slow), TimedOut, "budget")
				want(t, r.of(t, after), TimedOut, "budget")
				wantAt(t, "the run took", r.Took, c.took)
				if r.Canceled {
					t.Error("got canceled: nobody did")
				}
			})
		})
	}
}

func TestRunReadsAgain(t *testing.T) {
	for name, c := range map[string]struct {
		later      string
		drifted    bool
		confidence catalog.Confidence
	}{"the same": {"first", false, catalog.Proven}, "changed": {"other", true, catalog.Possible}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := fake(Spec[string]{ID: "judge.gateway.none", Again: true, Judge: finds(direct("gateway.none", everywhere)),
					Probe: func(_ context.Context, e *Env) (string, error) {
						return []string{"first", c.later}[e.Reading().Seq], nil
					}})
				r := play(t, t.Context(), Plan{Checks: []Node{n}}, Options{})
				o := r.of(t, n)
				if o.Data != "first" || o.Later != c.later || o.Drifted != c.drifted {
					t.Errorf("got %v, then %v, drifted %v want first, %v, %v", o.Data, o.Later, o.Drifted, c.later, c.drifted)
				}
				if r.Verdict.Confidence != c.confidence {
					t.Errorf("confidence: got %s want %s", r.Verdict.Confidence, c.confidence)
				}
			})
		})
	}
}
