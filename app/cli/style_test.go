package cli

import (
	"os"
	"testing"
)

// A pipe is no terminal, and when its reader went away that is no failure. On
// each system another error says so.
func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if got, ok := terminalOf(w); ok {
		t.Errorf("got terminal %+v of a pipe, want none", got)
	}
	r.Close()
	if _, err := w.WriteString("an answer"); !brokenPipe(err) {
		t.Errorf("got %v, want that the reader is gone", err)
	}
}
