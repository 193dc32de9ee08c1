package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Open reads a bundle file of size bytes, which may be anybody's. It returns
// everything or nothing: what a hash, a limit or the list of names does not
// allow is an error that names the file.
func Open(r io.ReaderAt, size int64) (Bundle, error) {
	b, err := open(r, size)
	if err != nil {
		return Bundle{}, fmt.Errorf("opening the bundle: %w", err)
	}
	return b, nil
}

func open(r io.ReaderAt, size int64) (Bundle, error) {
	entries, err := list(r, size)
	if err != nil {
		return Bundle{}, err
	}
	m, err := manifestIn(entries)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Tool: m.Tool, Made: m.Made.UTC()}
	for _, p := range b.parts() {
		if *p.data, err = load(entries[p.name], m.named(p.name)); err != nil {
			return Bundle{}, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if b.Calls == nil {
		return Bundle{}, fmt.Errorf("%s is missing", callsName)
	}
	return b, nil
}

// list returns the entries by name, with every rule kept that can be checked
// without reading them.
func list(r io.ReaderAt, size int64) (map[string]*zip.File, error) {
	limited := &budget{r: r, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	switch {
	case errors.Is(err, errBudget):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("not a bundle: %w", err)
	case len(z.File) > maxEntries:
		return nil, fmt.Errorf("%d files, at most %d", len(z.File), maxEntries)
	}
	limited.lift()
	entries := map[string]*zip.File{}
	for _, f := range z.File {
		if err := admit(f, size); err != nil {
			return nil, fmt.Errorf("%.100q: %w", f.Name, err)
		}
		if entries[f.Name] != nil {
			return nil, fmt.Errorf("%s is there twice", f.Name)
		}
		entries[f.Name] = f
	}
	return entries, nil
}

func admit(f *zip.File, size int64) error {
	switch {
	case !known(f.Name):
		return errors.New("a file that does not belong into a bundle")
	case f.Flags&1 != 0:
		return errors.New("encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return fmt.Errorf("compressed by method %d", f.Method)
	case f.UncompressedSize64 > limitOf(f.Name):
		return fmt.Errorf("%d bytes, at most %d", f.UncompressedSize64, limitOf(f.Name))
	case f.CompressedSize64 > uint64(size):
		return errors.New("larger than the bundle")
	case suspicious(int(f.UncompressedSize64), int(f.CompressedSize64)):
		return fmt.Errorf("compressed more than %d times", maxRatio)
	}
	return nil
}

func known(name string) bool {
	if name == manifestName {
		return true
	}
	for _, p := range new(Bundle).parts() {
		if p.name == name {
			return true
		}
	}
	return false
}

func limitOf(name string) uint64 {
	if name == manifestName {
		return maxManifest
	}
	return maxPart
}

func manifestIn(entries map[string]*zip.File) (Manifest, error) {
	f := entries[manifestName]
	if f == nil {
		return Manifest{}, fmt.Errorf("not a bundle: %s is missing", manifestName)
	}
	text, err := read(f)
	if err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w", manifestName, err)
	}
	if m.Schema != Schema {
		return Manifest{}, fmt.Errorf("%s: schema %.100q, this version reads %q", manifestName, m.Schema, Schema)
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if len(m.Tool) > maxTool {
		return fmt.Errorf("%s: a tool named with %d bytes, at most %d", manifestName, len(m.Tool), maxTool)
	}
	if year := m.Made.UTC().Year(); year < 1 || year > 9999 { // what RFC 3339 can write
		return fmt.Errorf("%s: made in the year %d", manifestName, year)
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		switch {
		case f.Name == manifestName || !known(f.Name):
			return fmt.Errorf("%s: %.100q does not belong into a bundle", manifestName, f.Name)
		case seen[f.Name]:
			return fmt.Errorf("%s: %s is there twice", manifestName, f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

// named returns what the manifest says of a file, or nil.
func (m Manifest) named(name string) *File {
	for i := range m.Files {
		if m.Files[i].Name == name {
			return &m.Files[i]
		}
	}
	return nil
}

// load returns a part, which may be absent: from both the zip and the manifest.
func load(f *zip.File, want *File) ([]byte, error) {
	switch {
	case f == nil && want == nil:
		return nil, nil
	case f == nil:
		return nil, errors.New("in the manifest and not in the bundle")
	case want == nil:
		return nil, errors.New("in the bundle and not in the manifest")
	}
	data, err := read(f)
	switch {
	case err != nil:
		return nil, err
	case len(data) != want.Bytes:
		return nil, fmt.Errorf("%d bytes, the manifest says %d", len(data), want.Bytes)
	case sum(data) != want.SHA256:
		return nil, errors.New("not what the manifest says: its SHA-256 differs")
	}
	return data, nil
}

// read decompresses an entry. Its stated sizes have been checked, and may lie.
func read(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data := bytes.NewBuffer([]byte{})
	n, err := io.Copy(data, io.LimitReader(in, int64(f.UncompressedSize64)+1))
	switch {
	case err != nil:
		return nil, err
	case uint64(n) > f.UncompressedSize64:
		return nil, errors.New("longer than it claims")
	}
	return data.Bytes(), nil
}

var errBudget = errors.New("not a bundle: its directory is too large")

// budget bounds what is read while archive/zip lists the entries: it trusts no
// count that the file states, and would list as many as there are.
type budget struct {
	r      io.ReaderAt
	left   int
	lifted bool
}

func (b *budget) lift() { b.lifted = true }

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if !b.lifted {
		if b.left -= len(p); b.left < 0 {
			return 0, errBudget
		}
	}
	return b.r.ReadAt(p, off)
}
