package tape

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"faultline/platform"
)

func TestRead(t *testing.T) {
	good := `{"n":1,"m":"clock.now"}` + "\n"
	deepest := `{"n":2,"m":"x","answer":` + strings.Repeat("[", maxDepth-1) + strings.Repeat("]", maxDepth-1) + "}\n"
	cases := []struct {
		name, text string
		lines      int
		fault      string
	}{
		{"nothing", "", 0, ""},
		{"empty lines", "\n" + good + "\r\n\n", 1, ""},
		{"no last line end", good + `{"n":2,"m":"x"}`, 2, ""},
		{"truncated", good + `{"n":2,"m":"x`, 1, "line 2: the record ends within a line"},
		{"broken in the middle", good + "{\"n\":2,\n" + `{"n":3,"m":"x"}`, 0, "line 2: it is no JSON, or not what it should be: unexpected end"},
		{"broken and ended", good + "{\"n\":2,\n", 0, "line 2: it is no JSON, or not what it should be: unexpected end"},
		{"twice", good + good, 0, "line 2: call 1 is there twice"},
		{"no number", `{"m":"x"}` + "\n", 0, "no call number"},
		{"no method", `{"n":1}` + "\n", 0, "no method"},
		{"wrong type", `{"n":"1","m":"x"}` + "\n", 0, "cannot unmarshal"},
		{"deep", deepest, 1, ""},
		{"too deep", strings.Replace(deepest, "[]", "[[]]", 1), 0, "nested deeper"},
		{"brackets in text", `{"n":1,"m":"x","by":"` + strings.Repeat(`\"[`, 100) + `"}`, 1, ""},
		{"no UTF-8", good + `{"n":2,"m":"x","answer":"` + "\xff" + "\"}\n", 0, "line 2: it is no UTF-8"},
		{"truncated within a character", good + `{"n":2,"m":"x","answer":"` + "\xe4\xb8", 1, "line 2: the record ends within a line"},
		{"too long", strings.Repeat(" ", maxLine+1), 0, "longer than"},
		{"too many", strings.Repeat("\n", maxLines+1), 0, "more than"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			lines, err := Read(strings.NewReader(c.text))
			if len(lines) != c.lines {
				t.Errorf("lines: got %d want %d", len(lines), c.lines)
			}
			if fmt.Sprint(err) != "<nil>" && c.fault == "" || !strings.Contains(fmt.Sprint(err), c.fault) {
				t.Errorf("error: got %v want %q", err, c.fault)
			}
			if got, want := errors.Is(err, ErrTruncated), strings.HasPrefix(c.name, "truncated"); got != want {
				t.Errorf("truncated: got %v want %v", got, want)
			}
		})
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	long := json.RawMessage(`"` + strings.Repeat("x", maxLine) + `"`)
	for name, lines := range map[string][]Line{
		"long line": {{N: 1, Method: "x", Answer: long}},
		"many":      make([]Line, maxLines+1),
	} {
		if err := Write(&bytes.Buffer{}, lines); err == nil || !strings.Contains(err.Error(), "at most") {
			t.Errorf("%s: got %v want a limit", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"n":1,"m":"dialer.tcp","ask":{"to":"192.0.2.1:443"},"answer":{"sent":1},"problem":{"code":"timeout"}}`))
	f.Add([]byte(`{"n":1,"m":"resets.watch"}` + "\n" + `{"n":2,"of":1,"m":"resets.stop","answer":{"lost":1}}`))
	f.Add([]byte(`{"n":1,"m":"packets.capture","packets":{"packets":"p","ifaces":{"0":1},"first":-1,"last":9}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		lines, err := Read(bytes.NewReader(text))
		if err != nil && lines != nil && !errors.Is(err, ErrTruncated) {
			t.Fatalf("%d lines beside %v", len(lines), err)
		}
		Duplicates(lines)
		h := Play(lines)
		h.Dialer.TCP(t.Context(), to)
		h.Packets.Capture(t.Context(), platform.CaptureAsk{})
		if tap, err := h.Resets.Watch(t.Context(), platform.ResetAsk{}); err == nil {
			tap.Stop(t.Context())
		}
		var b bytes.Buffer
		if err := Write(&b, lines); err != nil {
			return // escaping may lengthen a line beyond the limit
		}
		again, err := Read(&b)
		if err != nil || len(again) != len(lines) {
			t.Fatalf("read again: got %d lines, %v want %d", len(again), err, len(lines))
		}
	})
}
