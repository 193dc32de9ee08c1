package linux

import (
	"context"
	"errors"
	"golang.org/x/sys/unix"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// program writes a shell script that stands for getent.
func program(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "getent")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+strings.Join(lines, "\n")+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestGetent(t *testing.T) {
	for _, c := range []struct {
		name string
		run  []string
		out  string
		err  error
	}{
		{"found", []string{`echo "192.0.2.1 STREAM $2"`}, "192.0.2.1 STREAM name.example\n", nil},
		{"language", []string{`echo "$LC_ALL"`}, "C\n", nil},
		{"not found", []string{"exit 2"}, "", platform.ErrNotFound},
		{"broken", []string{"exit 1"}, "", platform.AsProblem(errors.New("other"))},
	} {
		got, err := getent(within(t, 5*time.Second), program(t, c.run...), "name.example")
		if string(got) != c.out || !errors.Is(err, c.err) && !(c.err == nil && err == nil) {
			t.Errorf("%s: got %q, %v want %q, %v", c.name, got, err, c.out, c.err)
		}
	}
}

// TestReadFileIsNotKept: what is no file, and would keep its reader waiting, is
// an error that names it.
func TestReadFileIsNotKept(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "resolv.conf")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(pipe, os.O_RDWR, 0) // and writes nothing
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, path := range []string{pipe, t.TempDir(), "/dev/null"} {
		if b, err := readFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %d bytes, error %v want an error that names it", path, len(b), err)
		}
		if b, err := tail(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("the end of %s: got %d bytes, error %v want an error that names it", path, len(b), err)
		}
	}
}

// TestGetentMissing: what cannot be started says nothing of the name.
func TestGetentMissing(t *testing.T) {
	_, err := getent(within(t, 5*time.Second), filepath.Join(t.TempDir(), "getent"), "name.example")
	if !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("got %v want %v", err, platform.ErrUnsupported)
	}
}

// TestGetentEnds: with its context ends what getent started, too, and what it
// printed endlessly is bounded.
func TestGetentEnds(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "alive")
	path := program(t, "(while :; do echo x; done) &", "(sleep 0.6; touch "+mark+") &", "wait")
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	out, err := getent(ctx, path, "name")
	if !errors.Is(err, platform.ErrTimeout) || time.Since(began) > 400*time.Millisecond {
		t.Errorf("got %v after %v want %v", err, time.Since(began), platform.ErrTimeout)
	}
	if len(out) > maxOutput {
		t.Errorf("got %d bytes want at most %d", len(out), maxOutput)
	}
	<-time.After(time.Second) // longer than what it started needs to show that it lives
	if _, err := os.Stat(mark); err == nil {
		t.Error("what getent started outlived it")
	}
}

func TestSystemRefusesOptions(t *testing.T) {
	for _, name := range []string{"", "--help", "-s files", "a b"} {
		if a, err := (names{}).System(within(t, time.Second), platform.NameAsk{Name: name}); !errors.Is(err, platform.ErrNotFound) {
			t.Errorf("%q: got %+v, %v want %v", name, a, err, platform.ErrNotFound)
		}
	}
}
