package cli

import (
	"os"

	"golang.org/x/sys/windows"
)

// terminal tells a console's width, and whether it takes escape sequences:
// those before Windows 10 1511 do not, and later ones when they are told to.
func terminal(f *os.File) (width int, escapes, ok bool) {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return 0, false, false
	}
	escapes = windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
	var screen windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(console, &screen) == nil {
		// A line that fills the last column wraps on older consoles.
		width = int(screen.Window.Right - screen.Window.Left)
	}
	return width, escapes, true
}
