package native

import (
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"faultline/platform"
)

// tableOf reads how far each method was tried from a system's table of
// docs/PLATFORMS.md, and the methods in its order.
func tableOf(t *testing.T, system string) (order []string, tried map[string]string) {
	t.Helper()
	text, err := os.ReadFile("../../docs/PLATFORMS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+system+"\n")
	if !found {
		t.Fatalf("got no section %s", system)
	}
	section, _, _ = strings.Cut(section, "\n#") // with what follows its table
	tried = map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z.]+)` \\|.*\\| (\\S+) \\|$").FindAllStringSubmatch(section, -1) {
		order, tried[row[1]] = append(order, row[1]), row[2]
	}
	return order, tried
}

// TestTablesNameEveryMethod: each table has each method of the port, once and in
// its order.
func TestTablesNameEveryMethod(t *testing.T) {
	for _, system := range []string{"Linux", "Windows"} {
		if order, _ := tableOf(t, system); !slices.Equal(order, methods) {
			t.Errorf("%s: got %v want %v", system, order, methods)
		}
	}
}

// TestTableIsTrueHere: the table of this system says how far each method was
// tried as the host does.
func TestTableIsTrueHere(t *testing.T) {
	system, ours := map[string]string{"linux": "Linux", "windows": "Windows"}[runtime.GOOS]
	if !ours {
		return // macOS has no table
	}
	rows, err := Host().System.Mechanisms(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	_, tried := tableOf(t, system)
	for _, m := range rows {
		want := m.Tried
		switch {
		case m.State == platform.MechanismUnsupported:
			want = "-"
		case want == "":
			want = "real"
		}
		if tried[m.Method] != want {
			t.Errorf("%s: got %q in the table want %q", m.Method, tried[m.Method], want)
		}
	}
}

// TestTableOfWindows: it says the same as the list that the tests under Wine
// compare with the host.
func TestTableOfWindows(t *testing.T) {
	text, err := os.ReadFile("../../app/cli/e2e/testdata/wine-mechanisms.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, tried := tableOf(t, "Windows")
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 4 || tried[fields[0]] != fields[2] {
			t.Errorf("got %q in the table for %q", tried[fields[0]], strings.TrimSpace(line))
		}
	}
}
