//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"faultline/app"
)

// forged are the stories in which neither end sent the reset, which the two
// captures together prove.
var forged = map[string]bool{
	"a forged reset to the client, the server goes on": true,
	"forged resets to both, the request never arrives": true,
	"a climbing burst of forged resets":                true,
	"forged in the middle of data, to both":            true,
	"forged to the server only":                        true,
	"forged, an odd TTL, the request dropped":          true,
	"forged, one hop off":                              true,
	"forged, with the server's own TTL":                true,
}

// tellBoth has the program lay both captures side by side. Where neither end sent a
// reset that both captures can tell of, that is proven; else nobody between is blamed.
func tellBoth(t *testing.T, s resetStory, files [2]string) {
	got, ok := compared(t, files)
	if !ok {
		return // one of them is empty
	}
	if forged[s.name] {
		if got.code() != "reset.injected" || got.Verdict.Confidence != "proven" && !undecided(got) {
			t.Errorf("%s, at both ends: got %s (%s) want it proven to be injected", s.name, got.code(), got.Verdict.Confidence)
		}
		return
	}
	for _, e := range append(got.Resets, got.Breaks...) {
		if blamed := e.Code == "reset.injected" || e.Code == "reset.refused-on-path"; blamed && !slices.Contains(s.client, string(e.Code)) {
			t.Errorf("%s, at both ends: got %s (%s) want no blame of what lies between", s.name, e.Code, e.Confidence)
		}
	}
	for _, c := range got.Compare.Connections {
		if c.Translated != strings.Contains(s.name, "translator") || c.Renumbered || len(c.Altered) > 0 {
			t.Errorf("%s: got %+v, want nothing changed on the way", s.name, c)
		}
	}
}

// undecided says that a capture ended before it could have told of the reset.
func undecided(got analysis) bool {
	return slices.ContainsFunc(got.Compare.Connections, func(c app.Connection) bool { return c.ToClient.Undecided+c.ToServer.Undecided > 0 })
}

// compared has the program compare two captures; false where it cannot, as one is
// empty.
func compared(t *testing.T, files [2]string) (a analysis, ok bool) {
	t.Helper()
	out, err := exec.Command(program, "compare", "--json", files[0], files[1]).Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) && ended.ExitCode() == app.ExitUsage {
		return a, false
	}
	if err := json.Unmarshal(out, &a.Report); err != nil {
		t.Fatalf("%v: %v\n%s", files, err, out)
	}
	return a, true
}
