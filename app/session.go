package app

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/rule"
	"faultline/platform"
	"faultline/platform/tape"
)

// Settings of one diagnosis. Host, Now, Plan and Target are required.
type Settings struct {
	Host     platform.Host
	Now      func() time.Time
	Plan     diag.Plan
	Target   diag.Target
	Budget   time.Duration    // for the whole run; 0: the engine's own
	Thorough bool             // also what is sent on request only
	Trace    bool             // also what changes this machine for a moment
	Seed     uint64           // for choices that nobody may predict
	Events   func(diag.Event) // called from one goroutine at a time; must not block
	// Keep takes what a run that found no fault saw, for later comparison; nil
	// keeps nothing. A failure to keep it costs nothing else.
	Keep func(platform.GoodRun) error
}

// Session is one diagnosis. It is started once; its result never changes.
type Session struct {
	settings Settings
	host     platform.Host // the recording one, or the record itself
	log      *tape.Log     // nil in a replay
	lines    []tape.Line   // of a replay
	cancel   context.CancelFunc
	begin    sync.Once
	skips    chan diag.ID
	done     chan struct{}
	result   diag.Result
}

// New makes a session that records everything the host is asked.
func New(s Settings) *Session {
	host, log := tape.Record(s.Host, s.Now)
	return &Session{settings: s, host: host, log: log, skips: make(chan diag.ID), done: make(chan struct{})}
}

// Replay makes a session that judges a recorded run again, with the target and
// the choices of that run. An error means that the lines are no such record.
func Replay(lines []tape.Line, plan diag.Plan, options ...tape.Option) (*Session, error) {
	began, err := beginning(lines)
	if err != nil {
		return nil, fmt.Errorf("replaying a record: %w", err)
	}
	return &Session{
		host: tape.Play(lines, options...), lines: lines, done: make(chan struct{}),
		settings: Settings{
			Now: func() time.Time { return began.at }, Plan: plan,
			Target: began.Target, Thorough: began.Thorough, Trace: began.Trace, Seed: began.Seed,
		},
	}, nil
}

// start is what a run began with. It is in the record as its first decision, so
// that the record alone is enough to judge again.
type start struct {
	Target   diag.Target `json:"target"`
	Thorough bool        `json:"thorough"`
	Trace    bool        `json:"trace,omitempty"`
	Seed     uint64      `json:"seed"`
	at       time.Time
}

const startKey = "session"

// note makes part of the record what the run began with.
func (s *Session) note(ctx context.Context) {
	text, err := json.Marshal(start{Target: s.settings.Target, Thorough: s.settings.Thorough, Trace: s.settings.Trace, Seed: s.settings.Seed})
	if err != nil {
		panic("app: a target that JSON cannot carry")
	}
	s.host.Decisions.Decide(ctx, platform.DecisionAsk{Key: startKey, Proposed: text})
}

func beginning(lines []tape.Line) (start, error) {
	for _, line := range lines {
		var q platform.DecisionAsk
		if line.Method != "decisions.decide" || json.Unmarshal(line.Ask, &q) != nil || q.Key != startKey {
			continue
		}
		began := start{at: line.At}
		if err := json.Unmarshal(line.Answer, &began); err != nil {
			return start{}, platform.Damaged("json", "it is no JSON, or not what it should be").Because(err)
		}
		return began, nil
	}
	return start{}, platform.Damaged("no-start", "it does not hold the beginning of a run")
}

// Start begins the diagnosis and returns at once. When ctx ends, what was seen
// until then is judged.
func (s *Session) Start(ctx context.Context) {
	s.begin.Do(func() {
		ctx, s.cancel = context.WithCancel(ctx)
		go s.run(ctx)
	})
}

func (s *Session) run(ctx context.Context) {
	defer close(s.done)
	s.note(platform.WithCaller(context.WithoutCancel(ctx), "session"))
	s.result = diag.Run(ctx, s.host, s.settings.Plan, s.settings.Target, diag.Options{
		Now: s.settings.Now, Replay: s.log == nil, Events: s.settings.Events, Budget: s.settings.Budget,
		Seed: s.settings.Seed, Thorough: s.settings.Thorough, Trace: s.settings.Trace, Skip: s.skips, Asked: s.asked,
	})
	s.keep()
	s.cancel()
}

// keep hands over what a good run saw. A network that is not known by its
// gateway can never be compared.
func (s *Session) keep() {
	if s.settings.Keep == nil || s.result.Verdict.Code != diag.OK || s.result.Canceled {
		return
	}
	r := rule.Remember(s.result.View())
	r.Target, r.At = s.result.Target.String(), s.result.Started.UTC().Truncate(time.Second)
	if r.GatewayMAC != "" {
		_ = s.settings.Keep(r)
	}
}

// asked tells which methods a check has called.
func (s *Session) asked(id diag.ID) []string { return tape.Asked(s.Lines(), string(id)) }

// Cancel ends a started session early; what it found stays.
func (s *Session) Cancel() {
	if s.cancel != nil {
		s.cancel()
	}
}

// Skip ends one check of a started session early; the others go on. It does not
// wait: a run that is about to end hears of it no more.
func (s *Session) Skip(id diag.ID) {
	go func() {
		select {
		case s.skips <- id:
		case <-s.done:
		}
	}()
}

// Done is closed when there is a result.
func (s *Session) Done() <-chan struct{} { return s.done }

// Result waits for the end of a started session and returns what it gave.
func (s *Session) Result() diag.Result {
	<-s.done
	return s.result
}

// Lines returns the recorded calls, in the order in which they began.
func (s *Session) Lines() []tape.Line {
	if s.log == nil {
		return s.lines
	}
	return s.log.Lines()
}
