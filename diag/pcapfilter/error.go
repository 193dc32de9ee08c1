package pcapfilter

import (
	"fmt"
	"unicode/utf8"
)

// Error says which part of a filter is not understood.
type Error struct {
	Text string // the filter
	At   int    // byte of it
	Word string // what is there; empty at the end
	Want string // what would be understood there, or why it is not
}

// Character is where the word begins, the first being 1.
func (e *Error) Character() int { return utf8.RuneCountInString(e.Text[:e.At]) + 1 }

func (e *Error) Error() string {
	if e.Word == "" {
		return fmt.Sprintf("reading the filter: it ends at character %d: %s", e.Character(), e.Want)
	}
	return fmt.Sprintf("reading the filter: %q at character %d: %s", e.Word, e.Character(), e.Want)
}
