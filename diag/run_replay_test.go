package diag

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"faultline/diag/catalog"
	"faultline/platform"
	"faultline/platform/tape"
)

// deaf decisions are those of a record that holds none.
type deaf struct{}

func (deaf) Decide(context.Context, platform.DecisionAsk) (json.RawMessage, error) {
	return nil, platform.ErrNotRecorded
}

// small is a host with a name service, a dialer and a clock of its own.
type small struct {
	name, dial time.Duration
	ends       platform.DialEnd
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return platform.AsProblem(ctx.Err())
	case <-time.After(d):
		return nil
	}
}

func (h small) Resolvers(context.Context, platform.Reading) (platform.Resolvers, error) {
	return platform.Resolvers{}, platform.ErrUnsupported
}

func (h small) Hosts(context.Context, platform.HostsAsk) (platform.HostsAnswer, error) {
	return platform.HostsAnswer{}, platform.ErrUnsupported
}

func (h small) System(ctx context.Context, _ platform.NameAsk) (platform.NameAnswer, error) {
	return platform.NameAnswer{Addresses: []netip.Addr{v4.Addr}, Waited: h.name}, pause(ctx, h.name)
}

func (h small) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) {
	if pause(ctx, h.dial) != nil {
		return platform.Dial{Ended: platform.DialSilent, Sent: q.SYNs}, nil
	}
	return platform.Dial{Ended: h.ends, Sent: q.SYNs, Waited: h.dial}, nil
}

func (h small) Now(_ context.Context, q platform.Reading) (platform.ClockFacts, error) {
	return platform.ClockFacts{Wall: time.Unix(int64(1000+q.Seq), 0).UTC()}, nil
}

func (h small) host() platform.Host {
	host := platform.Unsupported()
	host.Names, host.Dialer, host.Clock = h, h, h
	return host
}

// smallPlan looks a name up, dials with a second socket while the first is
// silent, and tells a refusal or a silence.
func smallPlan(deafFor time.Duration) Plan {
	clock := New(Spec[platform.ClockFacts]{ID: "clock", Layer: catalog.Session, Timeout: time.Second, Again: true,
		Probe: func(ctx context.Context, e *Env) (platform.ClockFacts, error) {
			return e.Host.Clock.Now(ctx, e.Reading())
		}})
	name := New(Spec[platform.NameAnswer]{ID: "name", Layer: catalog.Name, Timeout: time.Second, Traffic: LocalTraffic,
		Probe: func(ctx context.Context, e *Env) (platform.NameAnswer, error) {
			return e.Host.Names.System(ctx, platform.NameAsk{Name: "www.example"})
		}})
	dial := New(Spec[[]platform.Dial]{ID: "dial", Layer: catalog.Transport, Timeout: 3 * time.Second, Traffic: TargetTraffic, After: []Node{name},
		Tells: []catalog.Code{"tcp.refused", "tcp.no-reply"},
		Probe: func(ctx context.Context, e *Env) ([]platform.Dial, error) {
			a, err := name.Need(e)
			if err != nil {
				return nil, err
			}
			return dialTwice(ctx, e, netip.AddrPortFrom(a.Addresses[0], uint16(1000+e.Pick("port", 1000))))
		},
		Judge: func(_ View, d []platform.Dial) (j Judgement) {
			switch d[len(d)-1].Ended {
			case platform.DialRefused:
				j.Findings = []Finding{{Code: "tcp.refused", Direct: true, Evidence: []Ref{{Check: "dial"}}}}
			case platform.DialSilent:
				j.Findings = []Finding{{Code: "tcp.no-reply", Evidence: []Ref{{Check: "dial"}, {Check: "clock"}}}}
			}
			return j
		}})
	extra := New(Spec[platform.Dial]{ID: "extra", Layer: catalog.Transport, Timeout: 2 * time.Second, Start: OnTrouble, Traffic: TargetTraffic,
		Claims: []catalog.Claim{catalog.ResetTTLDiffers},
		Probe: func(ctx context.Context, e *Env) (platform.Dial, error) {
			return e.Host.Dialer.TCP(ctx, platform.DialAsk{To: netip.AddrPortFrom(v4.Addr, 9), SYNs: 1})
		},
		Judge: func(View, platform.Dial) Judgement {
			return Judgement{Claims: []Claim{no(catalog.ResetTTLDiffers, everywhere)}}
		}})
	// The probe ignores its context for a while, and asks nothing.
	slow := New(Spec[string]{ID: "slow", Layer: catalog.Link, Timeout: time.Second, Tells: []catalog.Code{"firewall.local-out"},
		Probe: func(context.Context, *Env) (string, error) { time.Sleep(deafFor); return "", nil }})
	idle := New(Spec[platform.ClockFacts]{ID: "idle", Layer: catalog.Link, Timeout: 8 * time.Second, Tells: []catalog.Code{"mtu.reduced"},
		Probe: func(ctx context.Context, e *Env) (platform.ClockFacts, error) {
			if e.StillWaiting(ctx, "long", nil, 7*time.Second) {
				return e.Host.Clock.Now(ctx, platform.Reading{Seq: 9})
			}
			return platform.ClockFacts{}, platform.AsProblem(ctx.Err())
		}})
	return Plan{Checks: []Node{clock, name, dial, extra, slow, idle}, Catalog: catalog.All()}
}

func dialTwice(ctx context.Context, e *Env, to netip.AddrPort) (out []platform.Dial, err error) {
	done := make(chan struct{})
	var first platform.Dial
	go func() {
		defer close(done)
		first, _ = e.Host.Dialer.TCP(ctx, platform.DialAsk{To: to, SYNs: 3})
	}()
	if e.StillWaiting(ctx, "second", done, ms(300)) {
		d, _ := e.Host.Dialer.TCP(ctx, platform.DialAsk{To: to, SYNs: 2, N: 1})
		out = append(out, d)
	}
	<-done
	return append(out, first), nil
}

func TestReplayIsTheSameRun(t *testing.T) {
	for _, c := range []struct {
		name    string
		host    small
		deafFor time.Duration
		cancel  time.Duration
		budget  time.Duration
		code    catalog.Code
		trouble bool
	}{
		{name: "refused at once", host: small{ms(20), ms(20), platform.DialRefused}, code: "tcp.refused", trouble: true},
		{name: "silence", host: small{ms(20), ms(9000), platform.DialOpen}, code: "tcp.no-reply", trouble: true},
		{name: "a slow answer", host: small{ms(20), ms(900), platform.DialRefused}, code: "tcp.refused", trouble: true},
		{name: "no name", host: small{ms(5000), ms(20), platform.DialRefused}, code: Inconclusive, trouble: true},
		{name: "an abandoned probe", host: small{ms(20), ms(20), platform.DialRefused}, deafFor: ms(5000), code: "tcp.refused", trouble: true},
		{name: "no fault", host: small{ms(20), ms(20), platform.DialOpen}, code: Inconclusive},
		{name: "canceled", host: small{ms(20), ms(900), platform.DialRefused}, cancel: ms(500), code: "tcp.no-reply", trouble: true},
		{name: "canceled early", host: small{ms(200), ms(900), platform.DialRefused}, cancel: ms(100), code: Inconclusive},
		{name: "budget spent", host: small{ms(20), ms(9000), platform.DialRefused}, budget: ms(1500), code: "tcp.no-reply", trouble: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if c.cancel > 0 {
					time.AfterFunc(c.cancel, cancel)
				}
				host, log := tape.Record(c.host.host(), time.Now)
				opt := Options{Now: time.Now, Seed: 42, Budget: c.budget}
				live := Run(ctx, host, smallPlan(c.deafFor), Target{}, opt)
				lines := log.Lines()
				time.Sleep(c.deafFor) // until the abandoned probe has gone
				if live.Verdict.Code != c.code || live.Trouble != c.trouble || live.Canceled != (c.cancel > 0) {
					t.Errorf("live: got %s, trouble %v, canceled %v", live.Verdict.Code, live.Trouble, live.Canceled)
				}
				if twice := tape.Duplicates(lines); len(twice) > 0 {
					t.Errorf("asked twice: %v", twice)
				}
				opt.Replay = true
				began := time.Now()
				again := Run(t.Context(), tape.Play(written(t, lines)), smallPlan(c.deafFor), Target{}, opt)
				wantAt(t, "the replay took", time.Since(began), 0)
				sameResult(t, again, live)
			})
		})
	}
}

// written is a record as a file would hand it back.
func written(t *testing.T, lines []tape.Line) []tape.Line {
	t.Helper()
	var b bytes.Buffer
	if err := tape.Write(&b, lines); err != nil {
		t.Fatal(err)
	}
	lines, err := tape.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func sameResult(t *testing.T, got, want Result) {
	t.Helper()
	for i, o := range got.Observations {
		w := want.Observations[i]
		o.Began, o.Took, w.Began, w.Took = 0, 0, 0, 0
		if !reflect.DeepEqual(o, w) {
			t.Errorf("replayed: got %+v want %+v", shown(o), shown(w))
		}
	}
	if !reflect.DeepEqual(got.Verdict, want.Verdict) || !reflect.DeepEqual(got.Judgement, want.Judgement) {
		t.Errorf("verdict: got %+v want %+v", got.Verdict, want.Verdict)
	}
	if got.Trouble != want.Trouble || got.Canceled != want.Canceled {
		t.Errorf("got trouble %v, canceled %v want %v, %v", got.Trouble, got.Canceled, want.Trouble, want.Canceled)
	}
}

func shown(o Observation) string {
	return fmt.Sprintf("%s %s %q %v %+v, later %+v", o.Check, o.Outcome, o.Reason, o.Problem, o.Data, o.Later)
}

// Whatever a record lacks, a replay ends, and judges what there is.
func TestReplayOfAPoorRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		host, log := tape.Record(small{ms(20), ms(900), platform.DialRefused}.host(), time.Now)
		live := Run(t.Context(), host, smallPlan(0), Target{}, Options{Now: time.Now, Seed: 42})
		lines := log.Lines()
		poor := map[string][]tape.Line{
			"nothing":      nil,
			"no decisions": slices.DeleteFunc(slices.Clone(lines), func(l tape.Line) bool { return l.Method == "decisions.decide" }),
		}
		for _, l := range lines {
			poor[fmt.Sprintf("without call %d, %s", l.N, l.Method)] = tape.Blank(lines, l.N)
		}
		// A check is never observed because a record says so.
		for _, id := range []string{"clock", "dial", "name"} {
			forged := tape.Say("decisions.decide", platform.DecisionAsk{Key: "outcome:" + id}, json.RawMessage(`["observed",""]`), nil)
			poor["forged "+id] = tape.Compose(append([]tape.Line{forged}, lines...)...)
		}
		for _, nonsense := range []string{`7`, `["observed","x"]`, `{}`, `["a"]`, `"yes"`} {
			poor["nonsense "+nonsense] = tape.Edit(lines, "decisions.decide", func(_, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
				return json.RawMessage(nonsense), nil
			})
		}
		for name, lines := range poor {
			r := Run(t.Context(), tape.Play(lines), smallPlan(0), Target{}, Options{Now: time.Now, Seed: 42, Replay: true})
			if len(r.Observations) != len(live.Observations) {
				t.Errorf("%s: got %d observations want %d", name, len(r.Observations), len(live.Observations))
			}
			for _, o := range r.Observations {
				if o.Outcome == Observed && o.Data == nil {
					t.Errorf("%s: %s is observed and saw nothing", name, o.Check)
				}
			}
			if r.Verdict.Code != live.Verdict.Code && r.Verdict.Code != Inconclusive && r.Verdict.Code != "tcp.no-reply" {
				t.Errorf("%s: got %s want %s or less", name, r.Verdict.Code, live.Verdict.Code)
			}
			if r.Verdict.Confidence > live.Verdict.Confidence {
				t.Errorf("%s: got %s want at most %s", name, r.Verdict.Confidence, live.Verdict.Confidence)
			}
		}
	})
}

func TestPickIsRepeatableAndSpread(t *testing.T) {
	pick := func(seed uint64, check ID, what string) int {
		return (&Env{run: &run{opt: Options{Seed: seed}}, check: check}).Pick(what, 1000)
	}
	if a, b := pick(7, "c", "port"), pick(7, "c", "port"); a != b {
		t.Errorf("got %d, then %d", a, b)
	}
	seen := map[int]bool{}
	for seed := range uint64(200) {
		seen[pick(seed, "c", "port")] = true
	}
	if len(seen) < 150 {
		t.Errorf("200 seeds gave %d of 1000 numbers", len(seen))
	}
}
