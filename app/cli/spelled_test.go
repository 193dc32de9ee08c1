package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"faultline/platform/packet/packettest"
)

func TestSpelled(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "{\n  \"名\": \"é😀\"\n}", "{\n  \"名\": \"é😀\"\n}"},
		{"terminal", "\"\u009b31m\u007f\"", `"\u009b31m\u007f"`},
		{"direction and width", "\"\u202e\u200b\ufeff\"", `"\u202e\u200b\ufeff"`},
		{"beyond the first plane", "\"\U000e0001\"", `"\udb40\udc01"`},
	} {
		got := spelled([]byte(tt.in))
		if got != tt.want {
			t.Errorf("%s: got %q want %q", tt.name, got, tt.want)
		}
		var before, after any
		if json.Unmarshal([]byte(tt.in), &before) != nil || json.Unmarshal([]byte(got), &after) != nil {
			t.Fatalf("%s: no JSON", tt.name)
		}
		if before, _ := json.Marshal(before); string(before) != string(must(json.Marshal(after))) {
			t.Errorf("%s: a program reads something else", tt.name)
		}
	}
}

func must(b []byte, _ error) []byte { return b }

// TestCaptureIsSpelled: the name of a capture, which anybody may have chosen, does
// not turn the report around on the terminal that shows it.
func TestCaptureIsSpelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a\u202eb.pcap")
	if err := os.WriteFile(path, packettest.New("192.0.2.20:50000", "192.0.2.1:80").Open().Close().PCAP(), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaint bytes.Buffer
	code := Run(Env{Args: []string{"analyze", "--json", path}, Stdout: &out, Stderr: &complaint, Now: time.Now, Getenv: func(string) string { return "" }})
	if code != 0 || strings.Contains(out.String(), "\u202e") || !strings.Contains(out.String(), `a\u202eb.pcap`) {
		t.Errorf("got exit code %d, %s%s want the name with an escape in it", code, complaint.String(), out.String())
	}
}
