package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"faultline/platform"
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
			return Bundle{}, inPart(p.name, err)
		}
	}
	if b.Calls == nil {
		return Bundle{}, platform.Damaged("missing", "{name} is missing", "name", callsName)
	}
	return b, nil
}

// inPart says in which file of a bundle something is wrong.
func inPart(name string, err error) error {
	return platform.Damaged("part", "{part}: {why}", "part", name, "why", err).Because(err)
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
		return nil, platform.Damaged("no-bundle", "not a bundle: it is no ZIP archive, or a damaged one").Because(err)
	case len(z.File) > maxEntries:
		return nil, platform.Damaged("files", "{n} files, at most {most}", "n", len(z.File), "most", maxEntries)
	}
	limited.lift()
	entries := map[string]*zip.File{}
	for _, f := range z.File {
		if err := admit(f, size); err != nil {
			return nil, inPart(fmt.Sprintf("%.100q", f.Name), err)
		}
		if entries[f.Name] != nil {
			return nil, platform.Damaged("twice", "{name} is there twice", "name", f.Name)
		}
		entries[f.Name] = f
	}
	return entries, nil
}

func admit(f *zip.File, size int64) error {
	switch {
	case !known(f.Name):
		return platform.Damaged("stranger", "a file that does not belong into a bundle")
	case f.Flags&1 != 0:
		return platform.Damaged("encrypted", "encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		return platform.Damaged("method", "compressed by method {n}", "n", int(f.Method))
	case f.UncompressedSize64 > limitOf(f.Name):
		return platform.Damaged("bytes-most", "{n} bytes, at most {most}", "n", f.UncompressedSize64, "most", limitOf(f.Name))
	case f.CompressedSize64 > uint64(size):
		return platform.Damaged("larger", "larger than the bundle")
	case suspicious(int(f.UncompressedSize64), int(f.CompressedSize64)):
		return platform.Damaged("ratio", "compressed more than {n} times", "n", maxRatio)
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
		return Manifest{}, platform.Damaged("no-manifest", "not a bundle: {name} is missing", "name", manifestName)
	}
	text, err := read(f)
	if err != nil {
		return Manifest{}, inPart(manifestName, err)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, inPart(manifestName, platform.Damaged("json", "it is no JSON, or not what it should be").Because(err))
	}
	if m.Schema != Schema {
		return Manifest{}, inPart(manifestName, platform.Damaged("schema", "schema {is}, this version reads {want}", "is", fmt.Sprintf("%.100q", m.Schema), "want", fmt.Sprintf("%q", Schema)))
	}
	return m, m.check()
}

func (m Manifest) check() error {
	if len(m.Tool) > maxTool {
		return inPart(manifestName, platform.Damaged("tool", "a tool named with {n} bytes, at most {most}", "n", len(m.Tool), "most", maxTool))
	}
	if year := m.Made.UTC().Year(); year < 1 || year > 9999 { // what RFC 3339 can write
		return inPart(manifestName, platform.Damaged("year", "made in the year {year}", "year", fmt.Sprint(year)))
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		switch {
		case f.Name == manifestName || !known(f.Name):
			return inPart(manifestName, platform.Damaged("stranger-named", "{name} does not belong into a bundle", "name", fmt.Sprintf("%.100q", f.Name)))
		case seen[f.Name]:
			return inPart(manifestName, platform.Damaged("twice", "{name} is there twice", "name", f.Name))
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
		return nil, platform.Damaged("manifest-only", "in the manifest and not in the bundle")
	case want == nil:
		return nil, platform.Damaged("bundle-only", "in the bundle and not in the manifest")
	}
	data, err := read(f)
	switch {
	case err != nil:
		return nil, err
	case len(data) != want.Bytes:
		return nil, platform.Damaged("bytes-other", "{n} bytes, the manifest says {want}", "n", len(data), "want", want.Bytes)
	case sum(data) != want.SHA256:
		return nil, platform.Damaged("hash", "not what the manifest says: its SHA-256 differs")
	}
	return data, nil
}

// read decompresses an entry. Its stated sizes have been checked, and may lie.
func read(f *zip.File) ([]byte, error) {
	in, err := f.Open()
	if err != nil {
		return nil, platform.Damaged("unpack", "it cannot be unpacked").Because(err)
	}
	defer in.Close()
	data := bytes.NewBuffer([]byte{})
	n, err := io.Copy(data, io.LimitReader(in, int64(f.UncompressedSize64)+1))
	switch {
	case err != nil:
		return nil, platform.Damaged("unpack", "it cannot be unpacked").Because(err)
	case uint64(n) > f.UncompressedSize64:
		return nil, platform.Damaged("longer", "longer than it claims")
	}
	return data.Bytes(), nil
}

var errBudget = platform.Damaged("directory", "not a bundle: its directory is too large")

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
