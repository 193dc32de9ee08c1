//go:build e2e && linux && wine

package e2e

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"faultline/platform/linux/netlab"
)

// The environment of the tests under Wine.
const (
	prefixEnv = "FAULTLINE_WINE" // a prefix as .ci/wine makes it
	exeEnv    = "FAULTLINE_EXE"  // faultline.exe for amd64
)

// wine is the program for Windows on the client of a world.
type wine struct {
	*netlab.Wine
	exe string
}

// underWine starts one for the length of the test.
func underWine(t testing.TB, w *netlab.World) *wine {
	t.Helper()
	x := &wine{w.Wine(os.Getenv(prefixEnv)), os.Getenv(exeEnv)}
	// The first program starts the services, which is no part of a diagnosis and
	// would hold a pipe open. Nothing of ours has run yet when those fail to start.
	err := x.faultline(t.Context(), "version").Run()
	if err != nil {
		t.Logf("starting the program under Wine, once more: %v", err)
		err = x.faultline(t.Context(), "version").Run()
	}
	if err != nil {
		t.Fatalf("starting the program under Wine: %v", err)
	}
	return x
}

func (x *wine) faultline(ctx context.Context, args ...string) *exec.Cmd {
	return x.Command(ctx, x.exe, args...)
}
