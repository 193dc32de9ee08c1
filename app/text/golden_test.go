package text

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"faultline/diag"
)

var update = flag.Bool("update", false, "write the golden files again")

// golden says everything that is said about codes and checks, to be read as a
// whole by those who speak the language.
func golden(t *testing.T, w *Words) string {
	t.Helper()
	var b strings.Builder
	all := targets(t)
	for i, v := range verdicts() {
		given := "intranet.example:8443"
		if i%4 == 3 {
			given = "intranet.example"
		}
		fmt.Fprintf(&b, "%s %s\n  %s\n", v.Code, shape(v), w.Verdict(v, all[given]))
		if isNote(v.Code) {
			continue
		}
		for n, s := range w.Steps(v, all[given]) {
			fmt.Fprintf(&b, "  %d. %s [%s %s]\n", n+1, s.Text, s.Who, s.Action)
		}
	}
	for _, s := range strings.Split(strings.TrimSpace(lines), "\n") {
		id, shape, a := line(s)
		fmt.Fprintf(&b, "%s %s: %s: %s\n", id, shape, w.CheckTitle(id), w.CheckLine(id, shape, a))
	}
	for _, key := range w.Keys() {
		group, _, _ := strings.Cut(key, ".")
		switch group {
		case "title", "rejected", "need", "skip", "outcome", "party", "confidence", "target", "layer":
			fmt.Fprintf(&b, "%s: %s\n", key, w.Say(key, diag.Args{"host": "intranet.example", "port": "8443", "check": "…",
				"reason": "…", "claim": "…", "text": "…", "why": "…"}))
		}
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		path := filepath.Join("testdata", "messages."+lang+".txt")
		got := golden(t, w)
		if *update {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (go test -update writes it again): %s", path, firstDifference(got, string(want)))
		}
	}
}

// firstDifference shows the first line that is not the same.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: got %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("got %d lines, want %d", len(g), len(w))
}
