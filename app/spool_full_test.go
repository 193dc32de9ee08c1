package app

import (
	"path/filepath"
	"strings"
	"testing"

	"faultline/app/text"
)

// TestSpoolFolderIsNamed: where there is no folder for temporary files, that is
// told, and not that the capture cannot be read.
func TestSpoolFolderIsNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	t.Setenv("TMPDIR", missing)
	t.Setenv("TMP", missing)
	_, err := openCapture(t.Context(), standardInput, &Captures{Files: []string{standardInput}, Stdin: strings.NewReader(""), Stream: -1})
	w, _ := text.For(text.English)
	got := problemText(err, 0, w)
	if err == nil || !strings.Contains(got, missing) || !strings.Contains(got, "TMPDIR") {
		t.Errorf("got %q want the folder, and what to do", got)
	}
}
