package tcpflow_test

import (
	"os"
	"path/filepath"
	"testing"

	"faultline/diag/pcapfile"
	"faultline/platform/packet"
)

// open opens a capture file.
func open(t testing.TB, file string) packet.Source {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	src, err := pcapfile.Open(f, filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	return src
}
