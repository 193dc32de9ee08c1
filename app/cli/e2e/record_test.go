//go:build e2e && linux

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"faultline/diag/catalog"
	"faultline/platform/linux/netlab"
)

// caseFile says where a recorded case comes from.
type caseFile struct {
	Target string       `json:"target"` // as given
	Of     catalog.Code `json:"of"`     // the code that it is about
	Near   bool         `json:"near"`   // a near miss of that code
	Story  string       `json:"story"`
	Origin string       `json:"origin"` // recorded, or composed by hand
	Seed   uint64       `json:"seed"`
	Kernel string       `json:"kernel"`
}

// wantFile is what a replay of the case must tell.
type wantFile struct {
	Code       catalog.Code   `json:"code"`
	Party      catalog.Party  `json:"party"`
	Confidence string         `json:"confidence"`
	Notes      []catalog.Code `json:"notes"`
}

// worth reports whether a run is one of those that are kept as cases: of each
// code the first story that yields it and the first near miss, seen by an
// ordinary user.
func worth(s story, r told) bool {
	who := netlab.Nobody
	if s.root {
		who = netlab.Root
	}
	if r.user != who || r.draw != 0 || r.clutter || s.keep {
		return r.user == who && r.draw == 0 && !r.clutter
	}
	all := stories()
	i := slices.IndexFunc(all, func(o story) bool { return o.of == s.of && o.near == s.near })
	return all[i].name == s.name
}

// record keeps a run as a case.
func record(t *testing.T, dir string, s story, r told, target string) {
	t.Helper()
	if !worth(s, r) {
		return
	}
	dir = filepath.Join(dir, string(s.of), slug(s.name))
	full, short := kernel(t)
	want := wantFile{r.report.Verdict.Code, r.report.Verdict.Party, r.report.Verdict.Confidence, []catalog.Code{}}
	for _, n := range r.report.Notes {
		want.Notes = append(want.Notes, n.Code)
	}
	slices.Sort(want.Notes)
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		calls := strings.ReplaceAll(string(r.calls), full, short)
		err = os.WriteFile(filepath.Join(dir, "calls.jsonl"), []byte(calls), 0o644)
	}
	for name, v := range map[string]any{
		"case.json": caseFile{target, s.of, s.near, s.name, "recorded", r.seed, short}, "want.json": want,
	} {
		text, encoded := json.MarshalIndent(v, "", "  ")
		if err == nil {
			err = encoded
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), append(text, '\n'), 0o644)
		}
	}
	if err != nil {
		t.Errorf("recording the case: %v", err)
	}
}

// kernel is the release in full, and without what its builder added.
func kernel(t *testing.T) (full, short string) {
	t.Helper()
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		t.Fatalf("asking for the kernel: %v", err)
	}
	full = unix.ByteSliceToString(u.Release[:])
	short, _, _ = strings.Cut(full, "-")
	return full, short
}

func slug(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, strings.NewReplacer(",", "", ".", "", "/ ", "").Replace(name)), "-")
}
