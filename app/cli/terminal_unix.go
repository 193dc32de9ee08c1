//go:build linux || darwin

package cli

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// terminalOf looks at what a file leads to.
func terminalOf(f *os.File) (terminal, bool) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return terminal{}, false
	}
	return terminal{width: int(size.Col), escapes: true, restore: func() {}}, true
}

// readerGone reports whether a write failed because nobody reads any more.
func readerGone(err error) bool { return errors.Is(err, unix.EPIPE) }
