package cli

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// mark is what a sign and its color say.
type mark int

// The marks.
const (
	none mark = iota
	good
	bad
	doubt
	faint
)

var signs = map[mark]struct{ unicode, ascii, escape string }{
	none:  {" ", " ", ""},
	good:  {"✔", "+", "\x1b[32m"},
	bad:   {"✖", "x", "\x1b[31m"},
	doubt: {"?", "?", "\x1b[33m"},
	faint: {"·", "-", "\x1b[2m"},
}

const (
	strong  = "\x1b[1m"
	unpaint = "\x1b[0m"
)

// page lays out an answer: wrapped to a width, without spaces at line ends.
type page struct {
	out   *strings.Builder
	style style
}

func newPage(out *strings.Builder, s style) *page { return &page{out, s} }

func (g *page) sign(m mark) string {
	s := signs[m].unicode
	if !g.style.unicode {
		s = signs[m].ascii
	}
	return g.paint(signs[m].escape, s)
}

func (g *page) paint(escape, s string) string {
	if !g.style.color || escape == "" {
		return s
	}
	return escape + s + unpaint
}

// heading starts a part of the answer.
func (g *page) heading(s string) {
	g.blank()
	g.line(g.paint(strong, g.plain(s)))
}

func (g *page) blank() { g.out.WriteByte('\n') }

// line writes a line as it is.
func (g *page) line(s string) {
	g.out.WriteString(strings.TrimRight(s, " "))
	g.out.WriteByte('\n')
}

// item writes text behind a head; further lines are indented by its width.
func (g *page) item(head, s string) {
	indent := columnsOf(head)
	for i, part := range wrap(g.plain(s), g.style.width-indent) {
		if i > 0 {
			head = strings.Repeat(" ", indent)
		}
		g.line(head + part)
	}
}

// plain makes text safe for a terminal and, where it must be, ASCII.
func (g *page) plain(s string) string {
	s = clean(s)
	if !g.style.unicode {
		s = typography.Replace(s)
	}
	return s
}

var typography = strings.NewReplacer("…", "...", "–", "-", "—", "-", "“", `"`, "”", `"`, "‘", "'", "’", "'",
	"·", "-", "→", "->", "×", "x", "≥", ">=", "≤", "<=")

// clean replaces what a terminal would act on, or what turns the direction of
// writing.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
}

// wrap breaks text at spaces, and anywhere between wide characters but before
// a mark that closes; a word that is too long for a line is broken too.
func wrap(s string, most int) []string {
	most = max(most, 8)
	var lines []string
	line, used := "", 0
	for _, word := range pieces(s) {
		if used+columnsOf(strings.TrimRight(word, " ")) > most && used > 0 {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		for columnsOf(strings.TrimRight(word, " ")) > most {
			head, tail := cut(word, most)
			lines = append(lines, head)
			word = tail
		}
		line, used = line+word, used+columnsOf(word)
	}
	return append(lines, strings.TrimRight(line, " "))
}

// pieces cuts text where a line may break; each piece keeps its spaces.
func pieces(s string) []string {
	var all []string
	start := 0
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		before, here := runes[i-1], runes[i]
		space := before == ' ' && here != ' '
		between := (wide(before) || wide(here)) && here != ' ' && !closes(here) && !opens(before)
		if space || between {
			all = append(all, string(runes[start:i]))
			start = i
		}
	}
	if start < len(runes) {
		all = append(all, string(runes[start:]))
	}
	return all
}

func closes(r rune) bool {
	return strings.ContainsRune("，。、；：？！）」』》】”’%…,.;:?!)]", r)
}

func opens(r rune) bool { return strings.ContainsRune("（「『《【“‘([", r) }

// cut splits a word after so many columns.
func cut(word string, most int) (head, tail string) {
	used := 0
	for i, r := range word {
		if used += columnsOfRune(r); used > most {
			return word[:i], word[i:]
		}
	}
	return word, ""
}

// pad fills up with spaces to so many columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-columnsOf(s))) }

// columnsOf is how many columns of a terminal text takes; colors take none.
func columnsOf(s string) int {
	n, escaped := 0, false
	for _, r := range s {
		switch {
		case r == '\x1b':
			escaped = true
		case escaped:
			escaped = r != 'm'
		default:
			n += columnsOfRune(r)
		}
	}
	return n
}

func columnsOfRune(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case wide(r):
		return 2
	}
	return 1
}

// wide reports whether a character takes two columns (Unicode TR 11).
func wide(r rune) bool {
	k := width.LookupRune(r).Kind()
	return k == width.EastAsianWide || k == width.EastAsianFullwidth
}
