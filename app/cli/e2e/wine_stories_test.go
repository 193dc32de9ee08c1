//go:build e2e && linux && wine

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/app"
	"faultline/platform/linux/netlab"
)

// alike are stories that both programs must tell by the same code in the same
// world.
var alike = []string{
	"something listens", // healthy
	"nothing listens",
	"server drops the port",
	"a router answers admin-prohibited",
	"a name that does not exist",
	"SERVFAIL",
	"certificate valid",
	"certificate expired",
	"web server without TLS",
	"large packets vanish",
}

func TestWineTellsWhatLinuxTells(t *testing.T) {
	for _, s := range stories() {
		if !chosen(s) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			sc, target := staged(t, s, seedOf(s.name, 0))
			x := underWine(t, sc.World)
			native := look(t, sc.World, netlab.Root, target, nil, nil)
			r := x.look(t, target)
			t.Logf("Linux %.1f s, Wine %.1f s", native.wall.Seconds(), r.wall.Seconds())
			if r.report.Verdict.Code != native.report.Verdict.Code {
				t.Errorf("%s: got %s (%s) under Wine, want %s (%s) as on Linux\n%s\n%s", target,
					r.report.Verdict.Code, r.report.Verdict.Confidence, native.report.Verdict.Code, native.report.Verdict.Confidence,
					checksOf(r.report), checksOf(native.report))
			}
		})
	}
}

func chosen(s story) bool {
	for _, name := range alike {
		if *only == "" && s.name == name {
			return true
		}
	}
	return *only != "" && strings.Contains(s.name+" "+string(s.of), *only)
}

// look runs the program under Wine.
func (x *wine) look(t *testing.T, target string) told {
	t.Helper()
	saved := filepath.Join(t.TempDir(), "run.zip")
	cmd := x.faultline(t.Context(), "check", "--json", "--save", saved, target)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	begun := time.Now()
	err := cmd.Run()
	r := told{wall: time.Since(begun), exit: cmd.ProcessState.ExitCode()}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("running the program under Wine: %v", err)
	}
	r.report = document(t, out.Bytes(), complaint.String())
	r.calls = callsOf(t, saved)
	return r
}

// report of what Wine or Linux saved, as the other reads it.
func opened(t *testing.T, cmd *exec.Cmd) (app.Report, []byte) {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatalf("opening the bundle: %v", err)
	}
	return document(t, out.Bytes(), complaint.String()), out.Bytes()
}

var _ = os.Getenv
