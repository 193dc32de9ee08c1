//go:build linux || darwin

package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// terminal tells a terminal's width, and whether it takes escape sequences.
func terminal(f *os.File) (width int, escapes, ok bool) {
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, false, false
	}
	return int(size.Col), true, true
}
