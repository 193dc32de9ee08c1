package cli

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

func TestWrap(t *testing.T) {
	tests := []struct {
		name, text string
		most       int
		want       []string
	}{
		{"short", "one two", 20, []string{"one two"}},
		{"at spaces", "one two three four", 9, []string{"one two", "three", "four"}},
		{"exactly full", "12345678 x", 8, []string{"12345678", "x"}},
		{"long word", "12345678901234567890", 8, []string{"12345678", "90123456", "7890"}},
		{"wide", "网络连接被拒绝", 8, []string{"网络连接", "被拒绝"}},
		{"no closing mark first", "网络连接。被拒绝", 8, []string{"网络连", "接。被拒", "绝"}},
		{"empty", "", 8, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := wrap(tt.text, tt.most); !slices.Equal(got, tt.want) {
				t.Errorf("wrap: got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzWrap(f *testing.F) {
	f.Add("one two three", 9)
	f.Add("网络 abc 连接。", 8)
	f.Fuzz(func(t *testing.T, s string, most int) {
		most = max(8, most%200)
		s = clean(s)
		var all string
		for _, line := range wrap(s, most) {
			if columnsOf(line) > most {
				t.Errorf("wrap(%q, %d): got a line of %d columns", s, most, columnsOf(line))
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("wrap(%q, %d): got a space at the end of %q", s, most, line)
			}
			all += line
		}
		without := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if without(all) != without(s) {
			t.Errorf("wrap(%q, %d): got other text %q", s, most, all)
		}
	})
}

func TestCleanShowsNoControl(t *testing.T) {
	got := clean("a\x1b[2Jb\u202ec\nd\u0085")
	if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("clean: got %q, want nothing that a terminal acts on", got)
	}
}

func TestSpeaksUnicode(t *testing.T) {
	tests := []struct {
		name, goos string
		env        map[string]string
		want       bool
	}{
		{"no locale", "linux", nil, false},
		{"UTF-8", "linux", map[string]string{"LANG": "de_DE.UTF-8"}, true},
		{"the first decides", "linux", map[string]string{"LC_ALL": "C", "LANG": "C.utf8"}, false},
		{"windows", "windows", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := speaksUnicode(func(k string) string { return tt.env[k] }, tt.goos); got != tt.want {
				t.Errorf("speaksUnicode: got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPatience(t *testing.T) {
	for text, want := range map[string]bool{"8s": true, "2m": true, "3": true, "0.5": true, "0": false, "-1s": false, "11m": false, "soon": false, "": false, "1e300": false, "NaN": false} {
		var p patience
		if got := p.UnmarshalText([]byte(text)) == nil; got != want {
			t.Errorf("patience %q: got accepted %v (%v), want %v", text, got, p, want)
		}
	}
}
