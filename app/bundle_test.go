package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/rule"
	"faultline/platform"
	"faultline/platform/tape"
)

// refusing is a host on which one thing works: it is told that nothing listens.
type refusing struct{}

func (refusing) TCP(context.Context, platform.DialAsk) (platform.Dial, error) {
	return platform.Dial{Ended: platform.DialRefused, Sent: 1, Waited: time.Millisecond}, nil
}

func session(t *testing.T) *Session {
	t.Helper()
	target, failed := diag.ParseTarget("10.0.3.7:8443")
	if failed != nil {
		t.Fatal(failed)
	}
	host := platform.Unsupported()
	host.Dialer = refusing{}
	s := New(Settings{Host: host, Now: time.Now, Plan: rule.Plan(), Target: target, Seed: 7})
	s.Start(t.Context())
	return s
}

func TestABundleGivesTheSameReport(t *testing.T) {
	s := session(t)
	w, _ := text.For(text.English)
	live := s.Report(w, "1.2.3")
	var file bytes.Buffer
	if err := s.Save(&file, live, "in words"); err != nil {
		t.Fatal(err)
	}
	again, stored, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), rule.Plan())
	if err != nil {
		t.Fatal(err)
	}
	if stored.Code != live.Verdict.Code || stored.Tool != "faultline 1.2.3" || stored.Truncated {
		t.Errorf("Stored: got %+v, want the verdict %s of faultline 1.2.3", stored, live.Verdict.Code)
	}
	again.Start(t.Context())
	got, want := marshal(t, again.Report(w, "1.2.3")), marshal(t, live)
	if got != want {
		t.Errorf("report of the bundle: got\n%s\nwant\n%s", got, want)
	}
}

func marshal(t *testing.T, r Report) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestReplayNeedsABeginning(t *testing.T) {
	s := session(t)
	s.Result()
	lines := s.Lines()
	var rest []tape.Line
	for _, l := range lines {
		if l.Method != "decisions.decide" {
			rest = append(rest, l)
		}
	}
	if _, err := Replay(rest, rule.Plan()); err == nil {
		t.Error("Replay of a record that names no target: got a session, want an error")
	}
	if _, _, err := Open(bytes.NewReader([]byte("no zip")), 6, rule.Plan()); err == nil {
		t.Error("Open of no bundle: got a session, want an error")
	}
}

// TestCancelKeepsWhatWasFound: a session that is ended early still has a
// result, and its report says so.
func TestCancelKeepsWhatWasFound(t *testing.T) {
	target, failed := diag.ParseTarget("10.0.3.7:8443")
	if failed != nil {
		t.Fatal(failed)
	}
	host := platform.Unsupported()
	begun := make(chan struct{})
	host.Dialer = hanging{begun}
	s := New(Settings{Host: host, Now: time.Now, Plan: rule.Plan(), Target: target})
	s.Start(t.Context())
	<-begun
	s.Cancel()
	w, _ := text.For(text.English)
	r := s.Report(w, "1")
	if !r.Canceled || r.ExitCode() != ExitCanceled {
		t.Errorf("report: got canceled %v and exit code %d, want true and %d", r.Canceled, r.ExitCode(), ExitCanceled)
	}
}

type hanging struct{ begun chan struct{} }

func (h hanging) TCP(ctx context.Context, _ platform.DialAsk) (platform.Dial, error) {
	select {
	case h.begun <- struct{}{}:
	default:
	}
	<-ctx.Done()
	return platform.Dial{}, ctx.Err()
}

// TestListsAreNeverNull looks at a report of which every list is empty.
func TestListsAreNeverNull(t *testing.T) {
	w, _ := text.For(text.English)
	r := Compose(diag.Plan{}, diag.Result{Verdict: diag.Verdict{Code: diag.Inconclusive}}, nil, w, "1")
	var null func(path string, v reflect.Value) error
	null = func(path string, v reflect.Value) error {
		switch v.Kind() {
		case reflect.Slice:
			if v.IsNil() && v.Type() != reflect.TypeFor[json.RawMessage]() {
				return errors.New(path)
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					if err := null(path+"."+v.Type().Field(i).Name, v.Field(i)); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	if err := null("report", reflect.ValueOf(r)); err != nil {
		t.Errorf("got null in %v, want an empty list", err)
	}
}
