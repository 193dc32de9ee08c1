package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"unicode/utf16"
)

// programsEnv names a folder with programs for Windows, as make windows fills it.
const programsEnv = "FAULTLINE_WINDOWS"

// Types of resources (winuser.h).
const (
	rtIcon      = 3
	rtGroupIcon = 14
	rtVersion   = 16
	rtManifest  = 24
)

// TestResources: the programs for Windows say who they are and how they want to
// be run: as who started them, with long paths, text in UTF-8, and an icon.
func TestResources(t *testing.T) {
	folder := os.Getenv(programsEnv)
	if folder == "" {
		t.Skipf("%s names no folder of programs: make windows", programsEnv)
	}
	version := versionOf(t)
	for _, name := range []string{"windows-amd64", "windows-arm64"} {
		t.Run(name, func(t *testing.T) {
			r, err := resources(filepath.Join(folder, name, "faultline.exe"))
			if err != nil {
				t.Fatal(err)
			}
			checkManifest(t, r)
			checkIcon(t, r)
			checkVersion(t, r, version)
		})
	}
}

func versionOf(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("FyneApp.toml")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^Version = "(.*)"`).FindSubmatch(text)
	if found == nil {
		t.Fatal("got no version in FyneApp.toml")
	}
	return string(found[1])
}

func checkManifest(t *testing.T, r map[uint32][][]byte) {
	t.Helper()
	if len(r[rtManifest]) != 1 {
		t.Fatalf("got %d manifests, want one", len(r[rtManifest]))
	}
	manifest := string(r[rtManifest][0])
	for _, part := range []string{`level="asInvoker"`, `<activeCodePage[^>]*>UTF-8<`, `<longPathAware[^>]*>true<`, `PerMonitorV2`} {
		if !regexp.MustCompile(part).MatchString(manifest) {
			t.Errorf("manifest: got none of %s in\n%s", part, manifest)
		}
	}
}

// checkIcon: a group of icons (GRPICONDIR: three words, the last of which counts
// entries of 14 bytes), each of which is there.
func checkIcon(t *testing.T, r map[uint32][][]byte) {
	t.Helper()
	if len(r[rtGroupIcon]) != 1 || len(r[rtGroupIcon][0]) < 6 {
		t.Fatalf("got %d groups of icons, want one", len(r[rtGroupIcon]))
	}
	group := r[rtGroupIcon][0]
	n := int(binary.LittleEndian.Uint16(group[4:]))
	if n < 4 || len(group) != 6+14*n || len(r[rtIcon]) != n {
		t.Errorf("icons: got %d named in %d bytes and %d there, want the four sizes", n, len(group), len(r[rtIcon]))
	}
}

func checkVersion(t *testing.T, r map[uint32][][]byte, version string) {
	t.Helper()
	if len(r[rtVersion]) != 1 {
		t.Fatalf("got %d versions, want one", len(r[rtVersion]))
	}
	block, told := r[rtVersion][0], map[string]string{}
	readVersion(block, told)
	for key, want := range map[string]string{
		"ProductName": "Faultline", "InternalName": "faultline", "FileDescription": "Faultline",
		"FileVersion": version, "ProductVersion": version,
	} {
		if told[key] != want {
			t.Errorf("%s: got %q want %q", key, told[key], want)
		}
	}
	fixed := bytes.Index(block, []byte{0xBD, 0x04, 0xEF, 0xFE}) // VS_FIXEDFILEINFO (verrsrc.h)
	if fixed < 0 || fixed+16 > len(block) {
		t.Fatal("got no fixed part of the version")
	}
	high, low := binary.LittleEndian.Uint32(block[fixed+8:]), binary.LittleEndian.Uint32(block[fixed+12:])
	if got := fmt.Sprintf("%d.%d.%d", high>>16, high&0xFFFF, low>>16); got != version {
		t.Errorf("fixed version: got %s want %s", got, version)
	}
}

// readVersion collects the strings of a block of VS_VERSIONINFO: length, length
// of the value, whether it is text, key, value and blocks within, each on a
// boundary of four bytes (verrsrc.h).
func readVersion(b []byte, told map[string]string) {
	for len(b) >= 6 {
		size := int(binary.LittleEndian.Uint16(b))
		if size < 6 || size > len(b) {
			return
		}
		block, value, text := b[:size], int(binary.LittleEndian.Uint16(b[2:])), b[4] == 1
		key, n := wide(block[6:])
		rest := block[min(aligned(6+n), size):]
		if text && value > 0 {
			told[key], _ = wide(rest)
		} else {
			readVersion(rest[min(aligned(value), len(rest)):], told)
		}
		b = b[min(aligned(size), len(b)):]
	}
}

func aligned(n int) int { return (n + 3) &^ 3 }

// wide reads UTF-16 up to its end mark, and tells how many bytes that were.
func wide(b []byte) (string, int) {
	var units []uint16
	for i := 0; i+1 < len(b); i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u == 0 {
			return string(utf16.Decode(units)), i + 2
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units)), len(b)
}

// resources reads all resources of a program by their type.
func resources(path string) (map[uint32][][]byte, error) {
	f, err := pe.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	section := f.Section(".rsrc")
	if section == nil {
		return nil, errors.New("no section of resources")
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	found := map[uint32][][]byte{}
	collect(data, 0, section.VirtualAddress, 0, 0, found)
	return found, nil
}

// collect walks the tree of a section (PE format, ".rsrc": IMAGE_RESOURCE_DIRECTORY):
// types, names, languages, data.
func collect(data []byte, at, base uint32, depth int, kind uint32, found map[uint32][][]byte) {
	const isFolder = 1 << 31
	word := func(i uint32) uint32 { return binary.LittleEndian.Uint32(data[i:]) }
	entries := word(at+12)&0xFFFF + word(at+12)>>16
	for e := range entries {
		id, to := word(at+16+8*e), word(at+20+8*e)
		if depth == 0 {
			kind = id
		}
		if to&isFolder != 0 && depth < 3 {
			collect(data, to&^isFolder, base, depth+1, kind, found)
			continue
		}
		start := word(to) - base
		found[kind] = append(found[kind], data[start:start+word(to+4)])
	}
}
