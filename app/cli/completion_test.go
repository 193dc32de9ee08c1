package cli

import (
	"os/exec"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/platform"
)

// script returns what faultline completion writes for a shell.
func script(t *testing.T, shell string) string {
	t.Helper()
	var out, complaints strings.Builder
	code := Run(Env{
		Args: []string{"completion", shell}, Stdout: &out, Stderr: &complaints, Getenv: func(string) string { return "" },
		Host: platform.Unsupported, Plan: func() diag.Plan { return diag.Plan{} },
	})
	if code != 0 {
		t.Fatalf("completion %s: got exit code %d: %s", shell, code, complaints.String())
	}
	return out.String()
}

func TestCompletionCompletes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	tests := []struct {
		name, words, want string
	}{
		{"verb", "faultline che", "check"},
		{"flag", "faultline check --tim", "--timeout"},
		{"verb below a verb", "faultline bundle o", "open"},
		{"common flag", "faultline bundle open --js", "--json"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ask := "\nCOMP_WORDS=(" + tt.words + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _faultline; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
			out, err := exec.Command(bash, "--norc", "-c", script(t, "bash")+ask).CombinedOutput()
			if err != nil {
				t.Fatalf("bash: %v: %s", err, out)
			}
			if got := strings.TrimSpace(string(out)); got != tt.want {
				t.Errorf("completing %q: got %q, want %q", tt.words, got, tt.want)
			}
		})
	}
}
