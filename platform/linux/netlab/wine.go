//go:build linux

package netlab

import (
	"context"
	"crypto/sha1"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	wineLoader = "/usr/lib/wine/wine64"
	wineServer = "/usr/lib/wine/wineserver64"
)

// Wine is a Windows of its own on the client: its server keeps the sockets of
// all its programs, so it lives in the client's namespace.
type Wine struct {
	w      *World
	prefix string
}

// Wine starts one for the length of the test, with the files of a prefix as
// .ci/wine makes it.
func (w *World) Wine(prefix string) *Wine {
	w.t.Helper()
	x := &Wine{w: w, prefix: w.path("wine")}
	if err := x.furnish(prefix); err != nil {
		w.t.Fatalf("netlab: making a Wine prefix: %v", err)
	}
	// It returns when it serves, and lives on until it is ended: a program that
	// found none would start another one.
	if err := x.in(w.ctx, wineServer, "--persistent").Run(); err != nil {
		w.t.Fatalf("netlab: starting the server of Wine: %v", err)
	}
	w.t.Cleanup(func() { _ = x.in(context.Background(), wineServer, "--kill").Run() }) // and its programs
	return x
}

// Command prepares a program for Windows to run on the client.
func (x *Wine) Command(ctx context.Context, exe string, args ...string) *exec.Cmd {
	x.w.t.Helper()
	return x.in(ctx, wineLoader, append([]string{exe}, args...)...)
}

// in runs a program of Wine on the client.
func (x *Wine) in(ctx context.Context, program string, args ...string) *exec.Cmd {
	x.w.t.Helper()
	cmd := x.w.Command(ctx, Root, program, args...)
	cmd.Env = append(cmd.Env, "WINEPREFIX="+x.prefix, "WINEARCH=win64", "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree,mshtml=")
	return cmd
}

// furnish makes a prefix with a registry and users of its own, as programs keep
// things there, and the other files of another one, which they only read.
func (x *Wine) furnish(from string) error {
	if err := x.drives(from); err != nil {
		return err
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

// drives makes C: and Z:.
func (x *Wine) drives(from string) error {
	from, c, letters := filepath.Join(from, "drive_c"), filepath.Join(x.prefix, "drive_c"), filepath.Join(x.prefix, "dosdevices")
	folders, err := os.ReadDir(from)
	err = errors.Join(err, os.MkdirAll(letters, 0o700), profiles(filepath.Join(from, "users"), filepath.Join(c, "users")),
		os.Symlink(c, filepath.Join(letters, "c:")), os.Symlink("/", filepath.Join(letters, "z:")))
	for _, f := range folders {
		if f.Name() != "users" {
			err = errors.Join(err, os.Symlink(filepath.Join(from, f.Name()), filepath.Join(c, f.Name())))
		}
	}
	return err
}

// profiles makes the folders of users. Those that lead to the home of whoever
// made the prefix ("Documents") lead nowhere.
func profiles(from, to string) error {
	return filepath.WalkDir(from, func(path string, f fs.DirEntry, err error) error {
		if err != nil || f.Type().IsRegular() {
			return err
		}
		return os.MkdirAll(filepath.Join(to, strings.TrimPrefix(path, from)), 0o700)
	})
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
