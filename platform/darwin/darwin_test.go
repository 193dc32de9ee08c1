package darwin

import (
	"strings"
	"testing"
)

func TestRelease(t *testing.T) {
	for _, c := range []struct{ name, version, want string }{
		{"version", "15.1.1", "macOS 15.1.1"},
		{"unknown", "", "macOS"},
		{"with line end", "14.0\n", "macOS 14.0"},
		{"absurd", strings.Repeat("9", 1000), "macOS " + strings.Repeat("9", maxVersion)},
	} {
		if got := release(c.version); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}
