package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"

	"faultline/platform"
)

// ErrNotCapture is in the error of Open for a file that is no capture.
var ErrNotCapture = errors.New("no capture (pcap, pcapng, or gzip of either)")

// detect finds the format by the first bytes.
func (f *File) detect() error {
	if err := f.need(4); err != nil {
		return err
	}
	if bytes.HasPrefix(f.win, []byte{0x1f, 0x8b}) {
		if err := f.inflate(); err != nil {
			return err
		}
	}
	head := f.win[:f.end]
	switch {
	case f.end >= 4 && binary.BigEndian.Uint32(head) == blockSection:
		f.sum.Format, f.form = "pcapng", &pcapng{sum: &f.sum}
		return nil
	case f.end >= 4 && pcapMagic(head):
		return f.openPcap()
	}
	return fmt.Errorf("%s: %w: %w", f.name, ErrNotCapture, looks(head, f.name))
}

// inflate begins again with the decompressed bytes.
func (f *File) inflate() error {
	f.sum.Gzip = true
	z, err := gzip.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(f.win[:f.end])), f.raw))
	if err != nil {
		return fmt.Errorf("%s: %w: %w", f.name, ErrNotCapture, platform.Damaged("gzip", "a damaged gzip file"))
	}
	a := readAhead(z)
	f.in, f.close = a, a.close
	f.end, f.eof = 0, false
	return f.need(4)
}

// need reads until the window holds n bytes, or the file ends.
func (f *File) need(n int) error {
	for f.end < n && !f.eof {
		if err := f.fill(); err != nil && err != io.EOF {
			return err
		}
	}
	f.sum.Truncated = false
	return nil
}

// looks says what a file that is no capture seems to be.
func looks(head []byte, name string) *platform.Damage {
	for _, known := range []struct {
		begins string
		is     *platform.Damage
	}{
		{"PK\x03\x04", platform.Damaged("is-zip", "it is a ZIP archive; unpack it first")},
		{"snoop\x00", platform.Damaged("is-snoop", "it is a snoop capture; editcap of Wireshark converts it")},
		{"GMBU", platform.Damaged("is-netmon", "it is a capture of Network Monitor; editcap of Wireshark converts it")},
		{"\xfd7zXZ", platform.Damaged("is-packed", "it is packed with {tool}; unpack it first", "tool", "xz")},
		{"BZh", platform.Damaged("is-packed", "it is packed with {tool}; unpack it first", "tool", "bzip2")},
		{"\x28\xb5\x2f\xfd", platform.Damaged("is-packed", "it is packed with {tool}; unpack it first", "tool", "zstd")},
	} {
		if strings.HasPrefix(string(head), known.begins) {
			return known.is
		}
	}
	switch {
	case len(head) == 0:
		return platform.Damaged("is-empty", "it is empty")
	case strings.HasSuffix(strings.ToLower(name), ".etl"):
		return platform.Damaged("is-etl", "it is a trace of Windows; “pktmon etl2pcap” converts it")
	}
	return platform.Damaged("begins", "it begins with {bytes}", "bytes", fmt.Sprintf("% x", head[:min(len(head), 8)]))
}
