package diag

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
)

func TestRunTrouble(t *testing.T) {
	blocks, note := direct("gateway.none", everywhere), direct("mtu.reduced", everywhere)
	partial, quality := direct("ipv6.broken", allV6), direct("quality.loss", everywhere)
	for _, c := range []struct {
		name   string
		first  Spec[string]
		starts time.Duration // of the check for trouble; -1: never
	}{
		{"a quick answer", Spec[string]{Probe: takes(ms(100)), Traffic: TargetTraffic}, -1},
		{"a fault", Spec[string]{Probe: takes(ms(100)), Judge: finds(blocks)}, ms(100)},
		{"a partial fault", Spec[string]{Probe: takes(ms(100)), Judge: finds(partial)}, ms(100)},
		{"a note", Spec[string]{Probe: takes(ms(100)), Judge: finds(note)}, -1},
		{"a quality", Spec[string]{Probe: takes(ms(100)), Judge: finds(quality)}, -1},
		{"a refuted fault", Spec[string]{Probe: takes(ms(100)), Judge: finds(refuted("gateway.none", everywhere))}, -1},
		{"slow, facing the target", Spec[string]{Probe: takes(ms(1000)), Traffic: TargetTraffic}, ms(400)},
		{"slow, asking a name server", Spec[string]{Probe: takes(ms(1000)), Traffic: LocalTraffic, Layer: catalog.Name}, ms(400)},
		{"slow, asking a neighbor", Spec[string]{Probe: takes(ms(1000)), Traffic: LocalTraffic, Layer: catalog.Neighbor}, -1},
		{"slow, reading this machine", Spec[string]{Probe: takes(ms(1000))}, -1},
		{"within its four round trips", Spec[string]{Probe: takes(ms(1000)), Traffic: TargetTraffic, Trips: 4}, -1},
		{"beyond its two round trips", Spec[string]{Probe: takes(ms(1000)), Traffic: TargetTraffic, Trips: 2}, ms(800)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c.first.ID = "first"
				first := fake(c.first)
				extra := fake(Spec[string]{ID: "extra", Start: OnTrouble, Probe: takes(ms(10)), Tells: []catalog.Code{"link.no-carrier", "tcp.some-addresses"}})
				asked := fake(Spec[string]{ID: "asked", Start: OnRequest, Probe: takes(ms(10))})
				after := fake(Spec[string]{ID: "after", After: []Node{extra}, Probe: takes(ms(10)), Tells: []catalog.Code{"link.no-carrier", "tcp.some-addresses"}})
				r := play(t, t.Context(), Plan{Checks: []Node{after, asked, extra, first}}, Options{})
				wantAt(t, "the check for trouble started", r.started(extra), c.starts)
				if o := r.of(t, asked); o.Outcome != NotNeeded || o.Reason != "on-request" && o.Reason != "verdict" {
					t.Errorf("on request only: got %s, %s", o.Outcome, o.Reason)
				}
				if r.Trouble != (c.starts >= 0) {
					t.Errorf("trouble: got %v want %v", r.Trouble, c.starts >= 0)
				}
				if c.starts < 0 {
					want(t, r.of(t, extra), NotNeeded, "no-trouble")
				} else {
					want(t, r.of(t, extra), Observed, "")
				}
				// What comes after a check that was left out has its turn.
				want(t, r.of(t, after), Observed, "")
			})
		})
	}
}

func TestRunTroubleComesSoonerOnAShortPath(t *testing.T) {
	for rtt, starts := range map[time.Duration]time.Duration{ms(1): ms(150), ms(60): ms(240), ms(900): ms(400)} {
		synctest.Test(t, func(t *testing.T) {
			quick := fake(Spec[string]{ID: "quick", Probe: func(_ context.Context, e *Env) (string, error) { e.RTT(rtt); return "", nil }})
			slow := fake(Spec[string]{ID: "slow", Traffic: TargetTraffic, Probe: takes(ms(1000))})
			extra := fake(Spec[string]{ID: "extra", Start: OnTrouble, Probe: takes(ms(10))})
			r := play(t, t.Context(), Plan{Checks: []Node{quick, slow, extra}}, Options{})
			wantAt(t, "the check for trouble started", r.started(extra), starts)
		})
	}
}

func TestRunOnRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := fake(Spec[string]{ID: "asked", Start: OnRequest, Probe: func(_ context.Context, e *Env) (string, error) {
			if !e.Thorough() {
				t.Error("got not thorough")
			}
			return "", nil
		}})
		r := play(t, t.Context(), Plan{Checks: []Node{asked}}, Options{Thorough: true})
		want(t, r.of(t, asked), Observed, "")
	})
}

// The verdict of each case stands after 10 ms; what is pending needs a second.
func TestRunWaitsForWhatMatters(t *testing.T) {
	refused := Judgement{Findings: []Finding{direct("tcp.refused", v4)}, Claims: []Claim{no(catalog.Answers, v4)}}
	page := Judgement{Claims: []Claim{yes(catalog.Answers, v4)}}
	lossy := Judgement{Findings: []Finding{direct("quality.loss", v4)}, Claims: page.Claims}
	half := Judgement{Findings: []Finding{direct("ipv6.broken", allV6)}, Claims: []Claim{yes(catalog.Answers, v4), no(catalog.Answers, v6)}}
	codes := func(c ...catalog.Code) []catalog.Code { return c }
	claims := func(c ...catalog.Claim) []catalog.Claim { return c }
	for _, c := range []struct {
		name    string
		first   Judgement
		ways    []Way
		pending Spec[string]
		rule    *Rule
		reads   bool // the ways are read from the pending check
		judged  bool // the judge of the first reads the pending check
		took    time.Duration
	}{
		{name: "nothing to tell", first: refused, ways: []Way{v4}, took: ms(10)},
		{name: "tells what has nothing to do with it", first: refused, ways: []Way{v4},
			pending: Spec[string]{Tells: codes("gateway.silent", "tls.expired", "dns.slow", "tcp.some-addresses")}, took: ms(10)},
		{name: "tells what hides it", first: refused, ways: []Way{v4}, pending: Spec[string]{Tells: codes("firewall.local-out")}, took: ms(1010)},
		{name: "tells what hides it where some ways work", first: refused, ways: []Way{v4}, pending: Spec[string]{Tells: codes("ipv6.broken")}, took: ms(10)},
		{name: "tells what refines it", first: refused, ways: []Way{v4}, pending: Spec[string]{Tells: codes("tcp.refused-on-path")}, took: ms(1010)},
		{name: "claims what an open rival waits for", first: refused, ways: []Way{v4}, pending: Spec[string]{Claims: claims(catalog.ResetTTLDiffers)}, took: ms(1010)},
		{name: "claims what no rival waits for", first: refused, ways: []Way{v4}, pending: Spec[string]{Claims: claims(catalog.ClockRight)}, took: ms(10)},
		{name: "claims what is known already", ways: []Way{v4}, pending: Spec[string]{Claims: claims(catalog.ResetTTLDiffers)},
			first: Judgement{Findings: refused.Findings, Claims: append(refused.Claims, no(catalog.ResetTTLDiffers, v4))}, took: ms(10)},
		{name: "another way is not known yet", first: refused, ways: []Way{v4, v6}, pending: Spec[string]{Claims: claims(catalog.Answers)}, took: ms(1010)},
		{name: "every way is known", first: refused, ways: []Way{v4}, pending: Spec[string]{Claims: claims(catalog.Answers)}, took: ms(10)},
		{name: "the ways are not known yet", first: refused, ways: []Way{v4}, reads: true, took: ms(1010)},
		{name: "a rule that reads it hides", first: refused, ways: []Way{v4}, rule: &Rule{Tells: codes("firewall.local-out")}, took: ms(1010)},
		{name: "a rule that reads it claims", first: refused, ways: []Way{v4}, rule: &Rule{Claims: claims(catalog.ResetTTLDiffers)}, took: ms(1010)},
		{name: "a rule that reads it has nothing to do with it", first: refused, ways: []Way{v4}, rule: &Rule{Tells: codes("dns.slow")}, took: ms(10)},
		{name: "a judge that reads it refines", first: refused, ways: []Way{v4}, judged: true, took: ms(1010)},
		{name: "only for trouble, which is", first: refused, ways: []Way{v4}, pending: Spec[string]{Start: OnTrouble, Tells: codes("firewall.local-out")}, took: ms(1010)},
		{name: "only on request", first: refused, ways: []Way{v4}, pending: Spec[string]{Start: OnRequest, Tells: codes("firewall.local-out")}, took: ms(10)},
		{name: "a fault waits only so long", first: refused, ways: []Way{v4},
			pending: Spec[string]{Patience: ms(310), Tells: codes("firewall.local-out")}, took: ms(310)},
		{name: "ok waits for a quality", first: page, ways: []Way{v4}, pending: Spec[string]{Tells: codes("dns.slow")}, took: ms(1010)},
		{name: "ok waits for what may contradict", first: page, ways: []Way{v4}, pending: Spec[string]{Claims: claims(catalog.Answers)}, took: ms(1010)},
		{name: "ok does not wait for faults", first: page, ways: []Way{v4}, pending: Spec[string]{Tells: codes("gateway.silent")}, took: ms(10)},
		{name: "ok does not wait for a partial fault", first: page, ways: []Way{v4}, pending: Spec[string]{Tells: codes("ipv6.broken")}, took: ms(10)},
		{name: "ok does not wait for trouble", first: page, ways: []Way{v4}, pending: Spec[string]{Start: OnTrouble, Tells: codes("dns.slow")}, took: ms(10)},
		{name: "a quality waits for another", first: lossy, ways: []Way{v4}, pending: Spec[string]{Tells: codes("dns.slow")}, took: ms(1010)},
		{name: "a partial fault does not wait for a quality", first: half, ways: []Way{v4, v6}, pending: Spec[string]{Tells: codes("dns.slow")}, took: ms(10)},
		{name: "a partial fault waits for another", first: half, ways: []Way{v4, v6}, pending: Spec[string]{Tells: codes("tcp.some-addresses")}, took: ms(1010)},
		{name: "without a verdict nothing is enough", ways: []Way{v4}, took: ms(1010)},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := c.pending
				s.ID, s.Probe = "pending", takes(ms(1010))
				if s.Start == OnTrouble { // found by the first check
					s.Probe = takes(ms(1000))
				}
				pending := fake(s)
				first := Spec[string]{ID: "first", Probe: takes(ms(10)), Judge: says(c.first)}
				if c.judged {
					first.Reads, first.Tells = []Node{pending}, codes("firewall.local-out")
				}
				plan := Plan{Checks: []Node{fake(first), pending}, Ways: func(View) []Way { return c.ways }}
				if c.reads {
					plan.Reads = []Node{pending}
				}
				if c.rule != nil {
					rule := *c.rule
					rule.Reads, rule.Infer = []Node{pending}, func(View) Judgement { return Judgement{} }
					plan.Rules = []Rule{rule}
				}
				r := play(t, t.Context(), plan, Options{})
				wantAt(t, "the run took", r.Took, c.took)
				switch o := r.of(t, pending); {
				case c.took == ms(1010):
					want(t, o, Observed, "")
				case o.Outcome != NotNeeded:
					t.Errorf("pending: got %s want %s", o.Outcome, NotNeeded)
				}
			})
		})
	}
}

// What the verdict no longer needs is dropped, even if it has just finished.
func TestRunDropsWhatIsNotNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quick := fake(Spec[string]{ID: "quick", Probe: takes(ms(10)), Judge: finds(direct("dns.refused", everywhere))})
		half := fake(Spec[string]{ID: "half", Probe: func(ctx context.Context, _ *Env) (string, error) { <-ctx.Done(); return "half", nil }})
		r := play(t, t.Context(), Plan{Checks: []Node{quick, half}}, Options{})
		want(t, r.of(t, half), NotNeeded, "verdict")
		if r.of(t, half).Data != nil || r.Verdict.Code != "dns.refused" {
			t.Errorf("got %v, %s want nothing, dns.refused", r.of(t, half).Data, r.Verdict.Code)
		}
	})
}

func TestDecideWithoutARecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := platform.Unsupported()
		h.Decisions = deaf{}
		n := fake(Spec[string]{ID: "n", Probe: func(ctx context.Context, e *Env) (string, error) {
			if got := Decide(ctx, e, "what", 7); got != 0 {
				t.Errorf("decided: got %d want 0", got)
			}
			if e.StillWaiting(ctx, "it", nil, time.Hour) {
				t.Error("still waiting: got true want false")
			}
			return "", nil
		}})
		Run(t.Context(), h, Plan{Checks: []Node{n}, Catalog: catalog.All()}, Target{}, Options{Now: time.Now, Replay: true})
	})
}
