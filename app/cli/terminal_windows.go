package cli

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// terminalOf looks at what a file leads to. A console takes escape sequences
// when it is told to, from Windows 10 1511 on; the next program may not expect
// that of it. What is written to a console needs no code page: the Go runtime
// hands it over as UTF-16 (WriteConsole). Into a pipe or file goes UTF-8.
func terminalOf(f *os.File) (terminal, bool) {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return terminal{}, false
	}
	t := terminal{restore: func() {}}
	const wanted = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	switch {
	case mode&wanted == wanted:
		t.escapes = true
	case windows.SetConsoleMode(console, mode|wanted) == nil:
		t.escapes = true
		t.restore = func() { _ = windows.SetConsoleMode(console, mode) }
	}
	var screen windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(console, &screen) == nil {
		// A line that fills the last column wraps on older consoles.
		t.width = int(screen.Window.Right - screen.Window.Left)
	}
	return t, true
}

// readerGone reports whether a write failed because nobody reads any more: a
// pipe that is broken, is being closed, or has no other end.
func readerGone(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA) || errors.Is(err, windows.ERROR_PIPE_NOT_CONNECTED)
}
