package history

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"faultline/platform"
)

func run(target string, n int) platform.GoodRun {
	return platform.GoodRun{Target: target, At: time.Unix(int64(n), 0).UTC(), GatewayMAC: fmt.Sprintf("02:00:00:00:00:%02x", n%256),
		Network: netip.MustParsePrefix("192.0.2.0/24")}
}

func TestKeepsTheNewestFifty(t *testing.T) {
	s := &Store{Path: filepath.Join(t.TempDir(), "deep", "history.json")}
	for n := range 60 {
		if err := s.Keep(run("a.example:443", n)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.All()
	if err != nil || len(all) != most {
		t.Fatalf("got %d runs, %v want %d", len(all), err, most)
	}
	if all[0].At != time.Unix(59, 0).UTC() {
		t.Errorf("got %v first want the newest", all[0].At)
	}
	about, err := os.Stat(s.Path)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v want 0600", about.Mode(), err)
	}
}

func TestOneRunForEachTargetAndNetwork(t *testing.T) {
	s := &Store{Path: filepath.Join(t.TempDir(), "history.json")}
	for _, r := range []platform.GoodRun{run("a:1", 1), run("a:1", 2), run("b:1", 1), run("a:1", 1)} {
		if err := s.Keep(r); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Last(context.Background(), platform.HistoryAsk{Target: "a:1"})
	if err != nil || len(got.Runs) != 2 {
		t.Errorf("got %d runs, %v want 2", len(got.Runs), err)
	}
	if n, err := s.Forget("a:1"); n != 2 || err != nil {
		t.Errorf("got %d forgotten, %v want 2", n, err)
	}
	if n, err := s.Forget(""); n != 1 || err != nil {
		t.Errorf("got %d forgotten, %v want 1", n, err)
	}
}

func TestUnreadableFilesAreMovedAside(t *testing.T) {
	for name, text := range map[string]string{"no JSON": "{", "another form": `{"schema":"x"}`, "too long": string(make([]byte, mostBytes+1))} {
		t.Run(name, func(t *testing.T) {
			s := &Store{Path: filepath.Join(t.TempDir(), "history.json")}
			if err := os.WriteFile(s.Path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Last(context.Background(), platform.HistoryAsk{}); !errors.Is(err, platform.ErrMalformed) {
				t.Errorf("got %v want malformed", err)
			}
			if err := s.Keep(run("a:1", 1)); err != nil {
				t.Fatal(err)
			}
			if kept, err := os.ReadFile(s.Path + ".unreadable"); err != nil || string(kept) != text {
				t.Errorf("the old file: got %d bytes, %v want it as it was", len(kept), err)
			}
		})
	}
}

func TestNoFolderKeepsNothing(t *testing.T) {
	s := &Store{}
	all, err := s.All()
	if keep := s.Keep(run("a:1", 1)); keep != nil || err != nil || len(all) != 0 {
		t.Errorf("got %v, %v, %v want nothing", keep, err, all)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"schema":"faultline/history/1","runs":[{"target":"a:1","at":"2026-01-01T00:00:00Z","gateway_mac":"02:00:00:00:00:01"}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if runs, _ := decode(raw); len(runs) > most {
			t.Errorf("got %d runs want at most %d", len(runs), most)
		}
	})
}
