// Package history keeps what good runs saw, so that a later fault can be
// compared with the time when the target still answered: at most fifty runs, in
// one file that only its user may read.
//
// It never judges, never sends anything anywhere, and keeps nothing of a run
// that found a fault.
package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"faultline/platform"
)

const (
	// most runs are kept; the oldest is dropped first.
	most = 50
	// mostBytes is far above what fifty runs take.
	mostBytes = 1 << 20
	// mostAnswered networks of one target are told.
	mostAnswered = 8
)

// Store is the file. The zero Store keeps nothing.
type Store struct {
	Path string
	mu   sync.Mutex
}

// With returns the host with this history, and what keeps a new run in it. A
// nil store changes nothing.
func (s *Store) With(h platform.Host) (platform.Host, func(platform.GoodRun) error) {
	if s == nil {
		return h, nil
	}
	h.History = s
	return h, s.Keep
}

// content is the file's form.
type content struct {
	Schema string             `json:"schema"`
	Runs   []platform.GoodRun `json:"runs"` // newest first
}

const schema = "faultline/history/1"

// DefaultPath is where the store belongs: the user's state folder (XDG Base
// Directory Specification, XDG_STATE_HOME) or what comes nearest to it; "" when
// the user has none.
func DefaultPath(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "faultline", "history.json")
	}
	if home := getenv("HOME"); runtime.GOOS == "linux" && filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "state", "faultline", "history.json")
	}
	dir, err := os.UserCacheDir()
	if err != nil || runtime.GOOS == "linux" {
		return ""
	}
	return filepath.Join(dir, "faultline", "history.json")
}

// Last answers with the last good run of the target on each network.
func (s *Store) Last(ctx context.Context, q platform.HistoryAsk) (platform.HistoryAnswer, error) {
	if err := ctx.Err(); err != nil {
		return platform.HistoryAnswer{}, platform.AsProblem(err)
	}
	all, err := s.All()
	if err != nil {
		return platform.HistoryAnswer{}, err
	}
	var a platform.HistoryAnswer
	for _, r := range all {
		if r.Target == q.Target && len(a.Runs) < mostAnswered {
			a.Runs = append(a.Runs, r)
		}
	}
	return a, nil
}

// All returns every run that is kept, newest first. No file is no run; one that
// cannot be understood is platform.ErrMalformed.
func (s *Store) All() ([]platform.GoodRun, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read()
}

func (s *Store) read() ([]platform.GoodRun, error) {
	if s.Path == "" {
		return nil, nil
	}
	f, err := os.Open(s.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem(err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return nil, problem(err)
	}
	return decode(raw)
}

func decode(raw []byte) ([]platform.GoodRun, error) {
	var c content
	switch err := json.Unmarshal(raw, &c); {
	case len(raw) > mostBytes:
		return nil, malformed("longer than such a file can be")
	case err != nil:
		return nil, malformed(err.Error())
	case c.Schema != schema:
		return nil, malformed("of another form")
	}
	return c.Runs[:min(len(c.Runs), most)], nil
}

func malformed(why string) error {
	return &platform.Problem{Code: platform.Malformed, Text: "history: " + why}
}

func problem(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return &platform.Problem{Code: platform.Permission, Text: err.Error()}
	}
	return &platform.Problem{Code: platform.Other, Text: err.Error()}
}

// Keep adds a good run; it replaces the one of the same target on the same
// network. A file that cannot be understood is moved aside, not lost.
func (s *Store) Keep(r platform.GoodRun) error {
	return s.change(func(all []platform.GoodRun) []platform.GoodRun {
		all = slices.DeleteFunc(all, func(o platform.GoodRun) bool { return o.Target == r.Target && SameNetwork(o, r) })
		return append([]platform.GoodRun{r}, all[:min(len(all), most-1)]...)
	})
}

// Forget drops the runs of a target, or all of them for "", and returns how
// many there were.
func (s *Store) Forget(target string) (n int, err error) {
	err = s.change(func(all []platform.GoodRun) []platform.GoodRun {
		left := slices.DeleteFunc(slices.Clone(all), func(r platform.GoodRun) bool { return target == "" || r.Target == target })
		n = len(all) - len(left)
		return left
	})
	return n, err
}

func (s *Store) change(f func([]platform.GoodRun) []platform.GoodRun) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Path == "" {
		return nil
	}
	all, err := s.read()
	if errors.Is(err, platform.ErrMalformed) {
		err = os.Rename(s.Path, s.Path+".unreadable")
	}
	if err != nil {
		return fmt.Errorf("reading the history: %w", err)
	}
	if err := s.write(f(all)); err != nil {
		return fmt.Errorf("keeping the history: %w", err)
	}
	return nil
}

// write replaces the file as a whole, so that a crash leaves the old one.
func (s *Store) write(all []platform.GoodRun) error {
	raw, err := json.MarshalIndent(content{schema, slices.Clip(append([]platform.GoodRun{}, all...))}, "", " ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(s.Path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".history-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.Path)
}

// SameNetwork reports whether two runs were made on one network: behind the
// same gateway, known by its hardware address, with the same prefix.
func SameNetwork(a, b platform.GoodRun) bool {
	return a.GatewayMAC != "" && a.GatewayMAC == b.GatewayMAC && a.Network == b.Network
}
