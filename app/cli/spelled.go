package cli

import (
	"fmt"
	"strings"
	"unicode"
)

// spelled is a JSON document in which no character commands the terminal that
// shows it or hides from its reader: control characters that JSON lets through
// (RFC 8259 §7) and those that turn the direction of writing or have no width
// (Unicode TR 36, section 2) are escaped. To a program it says the same.
func spelled(document []byte) string {
	var b strings.Builder
	b.Grow(len(document))
	for _, r := range string(document) {
		switch {
		case r == '\n' || !unicode.In(r, unicode.Cc, unicode.Cf):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := (r-0x10000)>>10+0xD800, (r-0x10000)&0x3FF+0xDC00
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
