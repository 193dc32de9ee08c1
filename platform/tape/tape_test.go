package tape

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"faultline/platform"
)

// clock advances by a millisecond with each reading.
func clock() func() time.Time {
	var mu sync.Mutex
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Millisecond)
		return at
	}
}

// through sends lines through their written form.
func through(t *testing.T, lines []Line) []Line {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, lines); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, lines) {
		t.Fatalf("through JSON: got %+v want %+v", got, lines)
	}
	return got
}

type dialer func(context.Context, platform.DialAsk) (platform.Dial, error)

func (f dialer) TCP(ctx context.Context, q platform.DialAsk) (platform.Dial, error) { return f(ctx, q) }

func dialing(f dialer) platform.Host {
	h := platform.Unsupported()
	h.Dialer = f
	return h
}

var to = platform.DialAsk{To: netip.MustParseAddrPort("192.0.2.1:443")}

func TestErrorsKeepTheirMeaning(t *testing.T) {
	sentinels := []error{
		platform.ErrUnsupported, platform.ErrPermission, platform.ErrRefused, platform.ErrReset,
		platform.ErrTimeout, platform.ErrUnreachableNet, platform.ErrUnreachableHost,
		platform.ErrUnreachablePort, platform.ErrNotFound, platform.ErrBusy, platform.ErrCanceled,
		platform.ErrMalformed, platform.ErrNotRecorded,
	}
	cases := map[string]error{
		"other":           errors.New("disk on fire"),
		"deadline":        fmt.Errorf("dialing: %w", context.DeadlineExceeded),
		"canceled":        context.Canceled,
		"wrapped problem": fmt.Errorf("dialing: %w", platform.ErrRefused),
	}
	for _, s := range sentinels {
		cases[s.Error()] = s
	}
	for name, given := range cases {
		t.Run(name, func(t *testing.T) {
			h, log := Record(dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) {
				return platform.Dial{Sent: 3}, given
			}), clock())
			_, live := h.Dialer.TCP(t.Context(), to)
			dial, replayed := Play(through(t, log.Lines())).Dialer.TCP(t.Context(), to)
			if dial.Sent != 3 {
				t.Errorf("answer beside the error: got %+v want Sent 3", dial)
			}
			for _, s := range sentinels {
				want := errors.Is(platform.AsProblem(given), s)
				if errors.Is(live, s) != want || errors.Is(replayed, s) != want {
					t.Errorf("is %v: live %v replayed %v want %v", s, errors.Is(live, s), errors.Is(replayed, s), want)
				}
			}
			if live.Error() != replayed.Error() {
				t.Errorf("text: live %q replayed %q", live, replayed)
			}
		})
	}
}

func TestNoErrorIsNil(t *testing.T) {
	h, log := Record(dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) {
		return platform.Dial{}, nil
	}), clock())
	if _, err := h.Dialer.TCP(t.Context(), to); err != nil {
		t.Errorf("live: got %v want nil", err)
	}
	if line := log.Lines()[0]; line.Answer != nil {
		t.Errorf("a zero answer: got %s want it left out", line.Answer)
	}
	if _, err := Play(log.Lines()).Dialer.TCP(t.Context(), to); err != nil {
		t.Errorf("replay: got %v want nil", err)
	}
}

func TestLinesAreInTheOrderOfTheirBeginning(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	h, log := Record(dialing(func(_ context.Context, q platform.DialAsk) (platform.Dial, error) {
		if q.N == 1 {
			close(begun)
			<-release
		}
		return platform.Dial{Sent: q.N}, nil
	}), clock())
	done := make(chan struct{})
	go func() {
		defer close(done)
		h.Dialer.TCP(t.Context(), platform.DialAsk{N: 1})
	}()
	<-begun
	h.Dialer.TCP(t.Context(), platform.DialAsk{N: 2})
	if got := numbers(log.Lines()); !slices.Equal(got, []int{2}) {
		t.Errorf("while call 1 runs: got %v want [2]", got)
	}
	close(release)
	<-done
	lines := log.Lines()
	if got := numbers(lines); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("at the end: got %v want [1 2]", got)
	}
	if got, want := lines[0].Took, 3*time.Millisecond; got != want {
		t.Errorf("took: got %v want %v", got, want)
	}
}

func numbers(lines []Line) []int {
	var ns []int
	for _, l := range lines {
		ns = append(ns, l.N)
	}
	return ns
}

func TestLogIsSafeForConcurrentUse(t *testing.T) {
	h, log := Record(dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) {
		return platform.Dial{Sent: 1}, nil
	}), clock())
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			h.Dialer.TCP(t.Context(), platform.DialAsk{N: i})
			log.Lines()
		})
	}
	all.Wait()
	lines := log.Lines()
	played := Play(lines)
	for i := range 50 {
		all.Go(func() {
			if d, err := played.Dialer.TCP(t.Context(), platform.DialAsk{N: i}); err != nil || d.Sent != 1 {
				t.Errorf("ask %d: got %+v, %v want Sent 1", i, d, err)
			}
		})
	}
	all.Wait()
	if len(lines) != 50 {
		t.Errorf("lines: got %d want 50", len(lines))
	}
}

func TestTheFirstOfTwoEqualAsksCounts(t *testing.T) {
	n := 0
	h, log := Record(dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) {
		n++
		return platform.Dial{Sent: n}, nil
	}), clock())
	h.Dialer.TCP(t.Context(), to)
	h.Dialer.TCP(t.Context(), to)
	h.Dialer.TCP(t.Context(), platform.DialAsk{N: 9})
	d, err := Play(log.Lines()).Dialer.TCP(t.Context(), to)
	if err != nil || d.Sent != 1 {
		t.Errorf("got %+v, %v want Sent 1", d, err)
	}
	want := []string{`dialer.tcp {"to":"192.0.2.1:443"}`}
	if got := Duplicates(log.Lines()); !slices.Equal(got, want) {
		t.Errorf("duplicates: got %q want %q", got, want)
	}
}

func TestAsksAreComparedByMeaning(t *testing.T) {
	line := Line{N: 1, Method: "dns.exchange", Answer: json.RawMessage(`{"rcode":"NOERROR"}`),
		Ask: json.RawMessage(`{ "type":"A", "name":"x.example", "new-field":1, "n":0, "transport":"udp", "server":"192.0.2.53:53"}`)}
	q := platform.DNSAsk{Server: netip.MustParseAddrPort("192.0.2.53:53"), Name: "x.example", Type: "A", Transport: "udp"}
	if a, err := Play([]Line{line}).DNS.Exchange(t.Context(), q); err != nil || a.RCode != "NOERROR" {
		t.Errorf("got %+v, %v want NOERROR", a, err)
	}
}

func TestWhatIsTooLargeIsCut(t *testing.T) {
	h := platform.Unsupported()
	h.Talker = talker{}
	big := bytes.Repeat([]byte("x"), maxAsk)
	cases := []struct {
		name        string
		ask         platform.TalkAsk
		ours, later error
	}{
		{"answer", platform.TalkAsk{N: 1 << 20}, nil, &platform.Problem{Code: platform.Other}},
		{"answer that fits", platform.TalkAsk{N: 1 << 10}, nil, nil},
		{"ask", platform.TalkAsk{Send: big}, nil, platform.ErrNotRecorded},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			recorded, log := Record(h, clock())
			if _, err := recorded.Talker.Talk(t.Context(), c.ask); !errors.Is(err, c.ours) {
				t.Errorf("live: got %v want %v", err, c.ours)
			}
			lines := through(t, log.Lines())
			if got, want := lines[0].Cut, c.later != nil; got != want {
				t.Errorf("cut: got %v want %v", got, want)
			}
			if _, err := Play(lines).Talker.Talk(t.Context(), c.ask); !errors.Is(err, c.later) {
				t.Errorf("replay: got %v want %v", err, c.later)
			}
		})
	}
}

type talker struct{}

func (talker) Talk(_ context.Context, q platform.TalkAsk) (platform.Talk, error) {
	return platform.Talk{First: bytes.Repeat([]byte("x"), q.N)}, nil
}

func TestALongProblemIsShortened(t *testing.T) {
	h, log := Record(dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) {
		return platform.Dial{}, errors.New(strings.Repeat("é\x00", maxLine))
	}), clock())
	h.Dialer.TCP(t.Context(), to)
	if got := len(through(t, log.Lines())[0].Problem.Text); got > maxProblem || got < maxProblem-2 {
		t.Errorf("length: got %d want about %d", got, maxProblem)
	}
}

func TestDecisionsOfTheRecordWin(t *testing.T) {
	h, log := Record(platform.Unsupported(), clock())
	q := platform.DecisionAsk{Key: "trouble", Proposed: json.RawMessage(`{"at":1}`)}
	if got, err := h.Decisions.Decide(t.Context(), q); err != nil || string(got) != `{"at":1}` {
		t.Errorf("live: got %s, %v want the proposal", got, err)
	}
	q.Proposed = json.RawMessage(`{"at":2}`)
	if got, err := Play(through(t, log.Lines())).Decisions.Decide(t.Context(), q); err != nil || string(got) != `{"at":1}` {
		t.Errorf("replay: got %s, %v want what was decided", got, err)
	}
}

type resets struct{ stops *int }

func (r resets) Watch(context.Context, platform.ResetAsk) (platform.Tap[platform.ResetLog], error) {
	return r, nil
}

func (r resets) Stop(context.Context) (platform.ResetLog, error) {
	*r.stops++
	return platform.ResetLog{Lost: *r.stops}, nil
}

func TestTaps(t *testing.T) {
	h := platform.Unsupported()
	h.Resets = resets{new(int)}
	h, log := Record(h, clock())
	for _, limit := range []int{10, 20} {
		tap, err := h.Resets.Watch(t.Context(), platform.ResetAsk{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		first, _ := tap.Stop(t.Context())
		if again, _ := tap.Stop(t.Context()); !reflect.DeepEqual(first, again) {
			t.Errorf("stopped again: got %+v want %+v", again, first)
		}
	}
	lines := through(t, log.Lines())
	played := Play(lines)
	tap, err := played.Resets.Watch(t.Context(), platform.ResetAsk{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tap.Stop(t.Context()); err != nil || got.Lost != 2 {
		t.Errorf("second tap: got %+v, %v want Lost 2", got, err)
	}
	blank := Play(Blank(lines, 4))
	tap, err = blank.Resets.Watch(t.Context(), platform.ResetAsk{Limit: 20})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tap.Stop(t.Context()); !errors.Is(err, platform.ErrNotRecorded) {
		t.Errorf("blanked stop: got %v want %v", err, platform.ErrNotRecorded)
	}
}

func TestEditAndBlank(t *testing.T) {
	lines := Compose(
		Say("clock.now", platform.Reading{}, platform.ClockFacts{Source: "ntp"}, nil),
		Say("dialer.tcp", to, platform.Dial{Sent: 1}, nil),
		Say("dialer.tcp", platform.DialAsk{N: 1}, platform.Dial{Sent: 2}, platform.ErrBusy),
	)
	edited := Edit(lines, "dialer.tcp", func(ask, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
		return json.RawMessage(`{"ended":"refused"}`), nil
	})
	for _, q := range []platform.DialAsk{to, {N: 1}} {
		if d, err := Play(edited).Dialer.TCP(t.Context(), q); err != nil || d.Ended != platform.DialRefused {
			t.Errorf("edited %+v: got %+v, %v want refused", q, d, err)
		}
	}
	if d, err := Play(lines).Dialer.TCP(t.Context(), platform.DialAsk{N: 1}); !errors.Is(err, platform.ErrBusy) || d.Sent != 2 {
		t.Errorf("the original: got %+v, %v want it as it was", d, err)
	}
	h := Play(Blank(lines, 2))
	if _, err := h.Dialer.TCP(t.Context(), to); !errors.Is(err, platform.ErrNotRecorded) {
		t.Errorf("blanked: got %v want %v", err, platform.ErrNotRecorded)
	}
	if c, err := h.Clock.Now(t.Context(), platform.Reading{}); err != nil || c.Source != "ntp" {
		t.Errorf("beside the blank: got %+v, %v want ntp", c, err)
	}
}

func TestAnAnswerOfTheWrongShapeIsNotRecorded(t *testing.T) {
	h := Play([]Line{{N: 1, Method: "dialer.tcp", Answer: json.RawMessage(`{"sent":"three"}`)}})
	if _, err := h.Dialer.TCP(t.Context(), platform.DialAsk{}); !errors.Is(err, platform.ErrNotRecorded) {
		t.Errorf("got %v want %v", err, platform.ErrNotRecorded)
	}
}

func BenchmarkRecord(b *testing.B) {
	answer := platform.Dial{Ended: platform.DialOpen, Local: to.To, Sent: 1, Waited: time.Second, TCP: &platform.TCPInfo{RTT: 1, MSS: 2}}
	live := dialing(func(context.Context, platform.DialAsk) (platform.Dial, error) { return answer, nil })
	b.Run("recorded", func(b *testing.B) {
		b.ReportAllocs()
		h, _ := Record(live, time.Now)
		for i := range b.N {
			h.Dialer.TCP(b.Context(), platform.DialAsk{To: to.To, N: i})
		}
	})
	b.Run("played", func(b *testing.B) {
		b.ReportAllocs()
		h := Play(Compose(Say("dialer.tcp", to, answer, nil)))
		for range b.N {
			h.Dialer.TCP(b.Context(), to)
		}
	})
}

// A busy machine may let a deadline pass before a question is put.
func TestAPassedDeadlineDoesNotSilenceARecord(t *testing.T) {
	want := platform.ClockFacts{Wall: time.Unix(1, 0).UTC()}
	h := Play(Compose(Say("clock.now", platform.Reading{}, want, nil)))
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	if got, err := h.Clock.Now(ctx, platform.Reading{}); err != nil || got != want {
		t.Errorf("got %+v, %v want %+v", got, err, want)
	}
}
