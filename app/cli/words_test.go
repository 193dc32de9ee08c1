package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"faultline/app/text"
)

// spoken finds every message that this package and package app name, whole or
// by its beginning.
func spoken(t *testing.T) (whole, beginning map[string]bool) {
	t.Helper()
	whole, beginning = map[string]bool{}, map[string]bool{}
	literal := regexp.MustCompile(`"((?:cli|ticket|label|confidence|progress)\.[a-z.-]+)"( ?\+)?`)
	own := regexp.MustCompile(`\.(say|checks|alternatives|labeled)\((?:r, )?"([a-z.-]+)"`)
	help := regexp.MustCompile(`\$\{([a-z_]+)\}`)
	for _, pattern := range []string{"*.go", "../*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			source, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
				if m[2] == "" {
					whole[m[1]] = true
				} else {
					beginning[m[1]] = true
				}
			}
			for _, m := range own.FindAllStringSubmatch(string(source), -1) {
				whole[map[string]string{"say": "ticket.", "checks": "ticket.", "alternatives": "label.", "labeled": "label."}[m[1]]+m[2]] = true
			}
			for _, m := range help.FindAllStringSubmatch(string(source), -1) {
				whole["cli.help."+m[1]] = true
			}
		}
	}
	return whole, beginning
}

func TestMessagesExistAndAreUsed(t *testing.T) {
	whole, beginning := spoken(t)
	w, _ := text.For(text.English)
	for key := range whole {
		if !w.Has(key) && !strings.HasSuffix(key, ".") {
			t.Errorf("got no message %s, want one", key)
		}
	}
	for _, key := range w.Keys() {
		if !strings.HasPrefix(key, "cli.") && !strings.HasPrefix(key, "ticket.") || whole[key] {
			continue
		}
		used := false
		for b := range beginning {
			used = used || strings.HasPrefix(key, b)
		}
		if !used {
			t.Errorf("got a message %s that nothing says", key)
		}
	}
}
