package linux

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestWireshark starts a program of that name, which says how it was called.
func TestWireshark(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if Wireshark() != nil {
		t.Fatal("not installed: got a way to open it")
	}
	said := filepath.Join(dir, "said")
	if err := unix.Mkfifo(said, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nprintf '%s\\n' \"$@\" >" + said + "\n"
	if err := os.WriteFile(filepath.Join(dir, "wireshark"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Wireshark()("/a b.pcap", "tcp.port == 1 && ip", 18); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(said) // until it has ended
	want := []string{"-r", "/a b.pcap", "-Y", "tcp.port == 1 && ip", "-g", "18"}
	if got := strings.Split(strings.TrimSpace(string(raw)), "\n"); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
