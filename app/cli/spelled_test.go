package cli

import (
	"encoding/json"
	"testing"
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
