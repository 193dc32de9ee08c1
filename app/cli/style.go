package cli

import (
	"errors"
	"io"
	"os"
	"runtime"
	"strings"
)

// columns is the width of an answer that goes to no terminal.
const columns = 80

// style is how a writer can be written to.
type style struct {
	width    int
	color    bool
	unicode  bool
	terminal bool
}

// terminal is what a style takes from the system.
type terminal struct {
	width   int  // columns; 0: not known
	escapes bool // it takes escape sequences
	restore func()
}

// styleOf finds out about a writer. Color needs a terminal, and that nobody
// objects (no-color.org).
func (p *program) styleOf(w io.Writer) style {
	s := style{width: columns, unicode: speaksUnicode(p.Getenv, runtime.GOOS)}
	f, ok := w.(*os.File)
	if !ok {
		return s
	}
	t, ok := terminalOf(f)
	if !ok {
		return s
	}
	p.restore = append(p.restore, t.restore)
	s.terminal = t.escapes && p.Getenv("TERM") != "dumb"
	s.color = s.terminal && !p.grammar.NoColor && p.Getenv("NO_COLOR") == ""
	if t.width > 0 {
		s.width = max(t.width, narrowest)
	}
	return s
}

// narrowest is the width below which nothing can be laid out.
const narrowest = 30

// speaksUnicode reports whether the user's locale takes more than ASCII. Only
// Linux and its like have locales that do not.
func speaksUnicode(lookup func(string) string, goos string) bool {
	if goos == "windows" || goos == "darwin" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := lookup(name); value != "" {
			value = strings.ToLower(strings.ReplaceAll(value, "-", ""))
			return strings.Contains(value, "utf8")
		}
	}
	return false
}

// brokenPipe reports whether a reader went away.
func brokenPipe(err error) bool {
	return readerGone(err) || errors.Is(err, io.ErrClosedPipe)
}
