package bundle

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Write writes b as a bundle file. Equal bundles give equal bytes.
func Write(w io.Writer, b Bundle) error {
	manifest, err := manifestOf(b)
	if err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	out := zip.NewWriter(w)
	if err := add(out, manifestName, manifest, b.Made); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	for _, p := range b.parts() {
		if *p.data == nil {
			continue
		}
		if err := add(out, p.name, *p.data, b.Made); err != nil {
			return fmt.Errorf("writing the bundle: %w", err)
		}
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	return nil
}

func manifestOf(b Bundle) ([]byte, error) {
	if b.Calls == nil {
		return nil, errors.New("no call log")
	}
	m := Manifest{Schema: Schema, Tool: b.Tool, Made: b.Made.UTC()}
	for _, p := range b.parts() {
		if len(*p.data) > maxPart {
			return nil, fmt.Errorf("%s: %d bytes, at most %d", p.name, len(*p.data), maxPart)
		}
		if *p.data != nil {
			m.Files = append(m.Files, File{Name: p.name, SHA256: sum(*p.data), Bytes: len(*p.data)})
		}
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	return json.MarshalIndent(m, "", "  ")
}

func add(out *zip.Writer, name string, data []byte, made time.Time) error {
	w, err := out.CreateHeader(&zip.FileHeader{Name: name, Method: methodFor(data), Modified: made.UTC()})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// methodFor stores what would compress so well that Open took it for a bomb.
func methodFor(data []byte) uint16 {
	if len(data) <= smallPart {
		return zip.Deflate
	}
	var n counter
	w, err := flate.NewWriter(&n, 5) // the level of archive/zip
	if err != nil {
		return zip.Store
	}
	w.Write(data)
	w.Close()
	if suspicious(len(data), int(n)) {
		return zip.Store
	}
	return zip.Deflate
}

type counter int

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func suspicious(size, compressed int) bool {
	return size > smallPart && size/maxRatio > compressed
}

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:])
}
