//go:build e2e && linux && wine

package e2e

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"faultline/platform/linux/netlab"
)

// The environment of the tests under Wine.
const (
	prefixEnv = "FAULTLINE_WINE" // a prefix as .ci/wine makes it
	exeEnv    = "FAULTLINE_EXE"  // faultline.exe for amd64
)

const (
	wineLoader = "/usr/lib/wine/wine64"
	wineServer = "/usr/lib/wine/wineserver64"
)

// wine is a Windows of its own on the client of a world: its server keeps the
// sockets of all its programs, so it lives in the client's namespace.
type wine struct {
	w      *netlab.World
	prefix string
	exe    string
}

// underWine starts one for the length of the test.
func underWine(t testing.TB, w *netlab.World) *wine {
	t.Helper()
	x := &wine{w: w, prefix: filepath.Join(t.TempDir(), "prefix"), exe: os.Getenv(exeEnv)}
	if err := x.furnish(os.Getenv(prefixEnv)); err != nil {
		t.Fatalf("making a Wine prefix: %v", err)
	}
	// It returns when it serves, and lives on until it is ended: a program that
	// found none would start another one.
	if err := x.in(t.Context(), wineServer, "--persistent").Run(); err != nil {
		t.Fatalf("starting the server of Wine: %v", err)
	}
	t.Cleanup(func() { _ = x.in(context.Background(), wineServer, "--kill").Run() }) // and its programs
	// The first program starts the services, which is no part of a diagnosis and
	// would hold a pipe open.
	if err := x.faultline(t.Context(), "version").Run(); err != nil {
		t.Fatalf("starting the program under Wine: %v", err)
	}
	return x
}

// furnish makes a prefix with a registry of its own and the files of another:
// programs only read those.
func (x *wine) furnish(from string) error {
	drives := filepath.Join(x.prefix, "dosdevices")
	if err := os.MkdirAll(drives, 0o700); err != nil {
		return err
	}
	for letter, folder := range map[string]string{"c:": filepath.Join(from, "drive_c"), "z:": "/"} {
		if err := os.Symlink(folder, filepath.Join(drives, letter)); err != nil {
			return err
		}
	}
	for _, name := range []string{".update-timestamp", "system.reg", "userdef.reg", "user.reg"} {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if name == "user.reg" {
			text = append(text, trusted(x.w.CA.PEM())...)
		}
		if err := os.WriteFile(filepath.Join(x.prefix, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// trusted is an authority in the user's registry: a serialized certificate is a
// list of properties, of which 32 is the certificate (wincrypt.h).
func trusted(authority []byte) string {
	const certificate, encoding = 32, 1
	block, _ := pem.Decode(authority)
	blob := binary.LittleEndian.AppendUint32(nil, certificate)
	blob = binary.LittleEndian.AppendUint32(blob, encoding)
	blob = binary.LittleEndian.AppendUint32(blob, uint32(len(block.Bytes)))
	blob = append(blob, block.Bytes...)
	hexes := strings.TrimSuffix(strings.ReplaceAll(fmt.Sprintf("% x", blob), " ", ","), ",")
	return fmt.Sprintf("\n[Software\\\\Microsoft\\\\SystemCertificates\\\\Root\\\\Certificates\\\\%X] 1700000000\n\"Blob\"=hex:%s\n",
		sha1.Sum(block.Bytes), hexes)
}

// in runs a program of Wine on the client.
func (x *wine) in(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := x.w.Command(ctx, netlab.Root, program, args...)
	cmd.Env = append(cmd.Env, "WINEPREFIX="+x.prefix, "WINEARCH=win64", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
	return cmd
}

func (x *wine) faultline(ctx context.Context, args ...string) *exec.Cmd {
	return x.in(ctx, wineLoader, append([]string{x.exe}, args...)...)
}
