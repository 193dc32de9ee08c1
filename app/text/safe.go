package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many characters are shown: of a string from outside, and of one that is
// a message itself.
const (
	longest = 120
	whole   = 1000
)

// stacked is how many combining marks may sit on one character: living
// languages need no more, and a tower of them covers the lines above.
const stacked = 3

// safe makes a string from the network, a file or the system fit to show:
// one line, of bounded length, in which what is invisible or turns the
// direction of writing is spelled out (Unicode TR 36, section 2).
func safe(s string) string { return bounded(s, longest) }

func bounded(s string, most int) string {
	var b strings.Builder
	shown, marks := 0, 0
	for i, r := range s {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) {
			marks++
		} else {
			marks = 0
		}
		if marks > stacked {
			continue
		}
		if shown == most {
			b.WriteString("…")
			break
		}
		b.WriteString(visible(r, s[i]))
		shown++
	}
	return b.String()
}

// visible returns a character as it is, or spelled out when showing it as it
// is would hide or move something.
func visible(r rune, first byte) string {
	switch {
	case r == utf8.RuneError && first != 0xEF: // a byte that is not UTF-8
		return fmt.Sprintf(`\x%02x`, first)
	case r == ' ':
		return " "
	case r == '\t':
		return `\t`
	case r == '\n':
		return `\n`
	case r == '\r':
		return `\r`
	case hidden(r) && r > 0xFFFF:
		return fmt.Sprintf(`\U%08x`, r)
	case hidden(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// hidden reports whether a character has no shape of its own.
func hidden(r rune) bool {
	return !unicode.IsPrint(r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) ||
		unicode.Is(unicode.Variation_Selector, r)
}
