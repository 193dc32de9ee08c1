package text

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"faultline/platform"
)

var damaged = regexp.MustCompile(`Damaged\("([^"]+)", "([^"]*)"`)

// TestDamageWords: what the code that reads files finds wrong with them is in the
// words, as that code says it, and nothing else is.
func TestDamageWords(t *testing.T) {
	said := map[string]string{}
	for _, dir := range []string{"../../diag/bundle", "../../diag/pcapfile", "../../platform/tape", ".."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range damaged.FindAllStringSubmatch(string(source), -1) {
				said["damage."+m[1]] = m[2]
			}
		}
	}
	if len(said) < 40 {
		t.Fatalf("kinds of damage: got %d, want 40 at least", len(said))
	}
	for key, text := range said {
		if damageWords[key] != text {
			t.Errorf("%s: got %q in the words, want %q as in the code", key, damageWords[key], text)
		}
	}
	for key := range damageWords {
		if said[key] == "" {
			t.Errorf("%s: got words for what nobody says", key)
		}
	}
}

// TestWhy: the outermost damage is told, with what lies within, and no English is
// left in the Chinese of it.
func TestWhy(t *testing.T) {
	inner := platform.Damaged("bytes-other", "{n} bytes, the manifest says {want}", "n", 3, "want", 4)
	part := platform.Damaged("part", "{part}: {why}", "part", "calls.jsonl", "why", error(inner)).Because(inner)
	for _, c := range []struct {
		name, lang, want string
		err              error
	}{
		{"nested, English", English, "calls.jsonl: 3 bytes, the manifest says 4", fmt.Errorf("opening the bundle: %w", part)},
		{"nested, Chinese", Chinese, "calls.jsonl：3 字节，而清单写的是 4 字节", fmt.Errorf("opening the bundle: %w", part)},
		{"beside another error", Chinese, "它是空的", fmt.Errorf("%w: %w", errors.New("no capture"), platform.Damaged("is-empty", "it is empty"))},
		{"no damage", Chinese, "odd", errors.New("odd")},
	} {
		w, _ := For(c.lang)
		if got := w.Why(c.err); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := part.Error(); !strings.Contains(got, "3 bytes, the manifest says 4") {
		t.Errorf("error of the part: got %q, want what lies within", got)
	}
}
