package text

import (
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"faultline/diag"
)

func TestRender(t *testing.T) {
	shanghai := time.FixedZone("CST", 8*3600)
	unnamed := time.FixedZone("", 5*3600+1800)
	at := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, message string
		args          diag.Args
		en, zh        string
	}{
		{"milliseconds", "{d}", diag.Args{"d": 34 * time.Millisecond}, "34 ms", "34 毫秒"},
		{"below one", "{d}", diag.Args{"d": 20 * time.Microsecond}, "less than 1 ms", "不到 1 毫秒"},
		{"seconds", "{d}", diag.Args{"d": 1840 * time.Millisecond}, "1.8 s", "1.8 秒"},
		{"round up to a second", "{d}", diag.Args{"d": 999900 * time.Microsecond}, "1.0 s", "1.0 秒"},
		{"many seconds", "{d}", diag.Args{"d": 9990 * time.Millisecond}, "10 s", "10 秒"},
		{"minutes", "{d}", diag.Args{"d": 125 * time.Second}, "2 min 5 s", "2 分 5 秒"},
		{"round up to a minute", "{d}", diag.Args{"d": 59900 * time.Millisecond}, "1 min 0 s", "1 分 0 秒"},
		{"hours", "{d}", diag.Args{"d": 200 * time.Minute}, "3 h 20 min", "3 小时 20 分"},
		{"days", "{d}", diag.Args{"d": -75 * time.Hour}, "3 days", "3 天"},
		{"time in UTC", "{t}", diag.Args{"t": at}, "2026-11-24 13:00 UTC", "2026-11-24 13:00 UTC"},
		{"time in a named zone", "{t}", diag.Args{"t": at.In(shanghai)}, "2026-11-24 21:00 CST", "2026-11-24 21:00 CST"},
		{"time in a zone without name", "{t}", diag.Args{"t": at.In(unnamed)}, "2026-11-24 18:30 UTC+05:30", "2026-11-24 18:30 UTC+05:30"},
		{"amount", "{n}", diag.Args{"n": 1400}, "1,400", "1,400"},
		{"negative amount", "{n}", diag.Args{"n": -1234567}, "-1,234,567", "-1,234,567"},
		{"small amount", "{n}", diag.Args{"n": 999}, "999", "999"},
		{"number that is a name", "{improbable}", diag.Args{"improbable": 47001}, "47001", "47001"},
		{"one", "{n} {n|answers|answer}", diag.Args{"n": 1}, "1 answers", "1 answers"},
		{"several", "{n} {n|answers|answer}", diag.Args{"n": 2}, "2 answer", "2 answer"},
		{"list of none", "{l}", diag.Args{"l": []string{}}, "none", "无"},
		{"list of one", "{l} {l|is|are}", diag.Args{"l": []string{"a"}}, "a is", "a is"},
		{"list of two", "{l} {l|is|are}", diag.Args{"l": []string{"a", "b"}}, "a and b are", "a 和 b are"},
		{"list of four", "{l}", diag.Args{"l": []string{"a", "b", "c", "d"}}, "a, b, c and d", "a、b、c 和 d"},
		{"long list", "{l}", diag.Args{"l": strings.Split("a b c d e f", " ")}, "a, b, c, d and 2 more", "a、b、c、d 等，另有 2 项"},
		{"missing", "{x}", nil, "(unknown)", "（未知）"},
		{"empty", "{x}", diag.Args{"x": ""}, "-", "-"},
		{"another type", "{x}", diag.Args{"x": 1.5}, "(unknown)", "（未知）"},
		{"word of a set", "{problem}", diag.Args{"problem": "timeout"}, "no answer in time", "超时"},
		{"no word of a set", "{problem}", diag.Args{"problem": "moon"}, "moon", "moon"},
		{"argument with braces", "{x}", diag.Args{"x": "{y}", "y": "no"}, "{y}", "{y}"},
		{"list with placeholders", "{l}", diag.Args{"l": []string{"{rest}", "{list}"}}, "{rest} and {list}", "{rest} 和 {list}"},
		{"long name of a file", "{file}", diag.Args{"file": strings.Repeat("/dir", 40) + "/run.zip"}, strings.Repeat("/dir", 40) + "/run.zip", strings.Repeat("/dir", 40) + "/run.zip"},
		{"long name from the network", "{host}", diag.Args{"host": strings.Repeat("a", 130)}, strings.Repeat("a", 120) + "…", strings.Repeat("a", 120) + "…"},
		{"brace left open", "a {x", diag.Args{"x": "no"}, "a x", "a x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for lang, want := range map[string]string{English: tt.en, Chinese: tt.zh} {
				w, _ := For(lang)
				if got := w.render(tt.message, tt.args); got != want {
					t.Errorf("%s: got %q, want %q", lang, got, want)
				}
			}
		})
	}
}

func TestHostileStringsAreEscaped(t *testing.T) {
	for _, tt := range []struct{ name, given, want string }{
		{"plain", "Café 北京 naïve", "Café 北京 naïve"},
		{"escape sequence", "\x1b[2Jx", `\u001b[2Jx`},
		{"line feed", "a\nVerdict: ok", `a\nVerdict: ok`},
		{"carriage return and tab", "a\r\tb", `a\r\tb`},
		{"right to left override", "a\u202egnp.exe", `a\u202egnp.exe`},
		{"isolate", "a\u2066b", `a\u2066b`},
		{"zero width", "a\u200bb\ufeff", `a\u200bb\ufeff`},
		{"Hangul filler", "a\u3164b", `a\u3164b`},
		{"variation selector", "a\ufe0fb", `a\ufe0fb`},
		{"line separator", "a\u2028b", `a\u2028b`},
		{"no-break space", "a\u00a0b", `a\u00a0b`},
		{"tag characters", "a\U000e0041b", `a\U000e0041b`},
		{"broken UTF-8", "a\xff\xc3b", `a\xff\xc3b`},
		{"replacement character itself", "a\ufffdb", "a\ufffdb"},
		{"tower of marks", "a" + strings.Repeat("\u0301", 9) + "b", "a\u0301\u0301\u0301b"},
		{"long", strings.Repeat("x", 500), strings.Repeat("x", 120) + "…"},
		{"just long enough", strings.Repeat("é", 120), strings.Repeat("é", 120)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := safe(tt.given); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHostileArgumentsStayInTheirSentence(t *testing.T) {
	hostile := "evil\x1b]0;x\a\u202e\n{host}" + strings.Repeat("y", 1000)
	for _, lang := range Languages() {
		w, _ := For(lang)
		for name, target := range targets(t) {
			for _, v := range verdicts() {
				v.Args = poisoned(v.Args, hostile)
				got := w.Verdict(v, target)
				for _, s := range w.Steps(v, target) {
					got += s.Text
				}
				if i := strings.IndexFunc(got, func(r rune) bool { return hidden(r) && r != ' ' }); i >= 0 {
					t.Errorf("%s of %s in %s: got %q at %d", v.Code, name, lang, got[i:i+4], i)
				}
				if strings.Count(got, "y") > 130*8 {
					t.Errorf("%s of %s in %s: got %d bytes, want the argument cut", v.Code, name, lang, len(got))
				}
			}
		}
	}
}

// poisoned replaces every string but those that choose a message.
func poisoned(a diag.Args, hostile string) diag.Args {
	out := diag.Args{}
	for name, value := range a {
		switch value.(type) {
		case string:
			out[name] = hostile
		case []string:
			out[name] = []string{hostile, hostile}
		default:
			out[name] = value
		}
	}
	return out
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[0m", "\u202e", "\xff", "e\u0301", strings.Repeat("\u0301", 200)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := safe(s)
		if !utf8.ValidString(got) {
			t.Fatalf("safe(%q): got %q, not UTF-8", s, got)
		}
		if n := utf8.RuneCountInString(got); n > longest*len(`\U00000000`)+1 {
			t.Fatalf("safe(%q): got %d characters", s, n)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Fatalf("safe(%q): got %q with something invisible", s, got)
		}
	})
}
