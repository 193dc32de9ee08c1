package pcapfile

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"faultline/platform/packet"
)

// drain reads a capture to its end.
func drain(t *testing.T, f *File) (all packet.Batch, end error) {
	t.Helper()
	var b packet.Batch
	for {
		if err := f.Read(context.Background(), &b); err != nil {
			return all, err
		}
		for i, r := range b.Recs {
			all.Add(r.When, r.Link, r.Iface, r.Wire, b.Bytes(i))
		}
	}
}

func open(t *testing.T, data []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(data), "x")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// classic writes a pcap file of packets of rising length, a second apart.
func classic(order binary.AppendByteOrder, number uint32, packets int) []byte {
	b := order.AppendUint32(nil, number)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4)
	b = append(b, make([]byte, 8)...)
	b = order.AppendUint32(order.AppendUint32(b, 65535), 1|0x10000000)
	for i := range packets {
		b = order.AppendUint32(order.AppendUint32(b, uint32(100+i)), 7)
		b = order.AppendUint32(order.AppendUint32(b, uint32(i)), uint32(i+1000))
		if number == magicPatched {
			b = append(b, make([]byte, 8)...)
		}
		b = append(b, bytes.Repeat([]byte{byte(i)}, i)...)
	}
	return b
}

// block frames one block.
func block(order binary.AppendByteOrder, kind uint32, body []byte) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	n := uint32(12 + len(body))
	return order.AppendUint32(append(order.AppendUint32(order.AppendUint32(nil, kind), n), body...), n)
}

func section(order binary.AppendByteOrder) []byte {
	b := order.AppendUint32(nil, sectionOrder)
	b = order.AppendUint16(order.AppendUint16(b, 1), 0)
	return block(order, blockSection, append(b, bytes.Repeat([]byte{255}, 8)...))
}

func interfaced(order binary.AppendByteOrder, link uint16, options ...byte) []byte {
	b := order.AppendUint16(order.AppendUint16(nil, link), 0)
	return block(order, blockInterface, append(order.AppendUint32(b, 96), options...))
}

func enhanced(order binary.AppendByteOrder, number uint32, stamp uint64, data string) []byte {
	b := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, number), uint32(stamp>>32)), uint32(stamp))
	b = order.AppendUint32(order.AppendUint32(b, uint32(len(data))), 2000)
	return block(order, blockEnhanced, append(b, data...))
}

func resolution(order binary.AppendByteOrder, v byte) []byte {
	return append(order.AppendUint16(order.AppendUint16(nil, optionResolution), 1), v, 0, 0, 0)
}

func TestClassic(t *testing.T) {
	for _, c := range []struct {
		name   string
		order  binary.AppendByteOrder
		number uint32
		unit   int64
	}{
		{"microseconds", binary.LittleEndian, magicMicro, 1000}, {"big endian", binary.BigEndian, magicMicro, 1000},
		{"nanoseconds", binary.LittleEndian, magicNano, 1}, {"big endian nanoseconds", binary.BigEndian, magicNano, 1},
		{"patched", binary.LittleEndian, magicPatched, 1000},
	} {
		f := open(t, classic(c.order, c.number, 300))
		got, err := drain(t, f)
		if err != io.EOF || len(got.Recs) != 300 {
			t.Fatalf("%s: got %d packets, %v want 300", c.name, len(got.Recs), err)
		}
		r := got.Recs[9]
		if r.When != 109e9+7*c.unit || r.Len != 9 || r.Wire != 1009 || r.Link != 1 || !bytes.Equal(got.Bytes(9), bytes.Repeat([]byte{9}, 9)) {
			t.Errorf("%s: got %+v %v", c.name, r, got.Bytes(9))
		}
		if s := f.Summary(); s.Format != "pcap" || s.Nano != (c.unit == 1) || s.Truncated || s.Bytes == 0 {
			t.Errorf("%s: got %+v", c.name, s)
		}
	}
}

func TestNextGeneration(t *testing.T) {
	little, big := binary.AppendByteOrder(binary.LittleEndian), binary.AppendByteOrder(binary.BigEndian)
	offset := func(o binary.AppendByteOrder, v uint64) []byte {
		return o.AppendUint64(o.AppendUint16(o.AppendUint16(nil, optionOffset), 8), v)
	}
	simple := block(little, blockSimple, append(little.AppendUint32(nil, 3), "abc"...))
	old := block(little, blockOldPacket, append(little.AppendUint32(little.AppendUint32(little.AppendUint32(little.AppendUint32(
		little.AppendUint16(little.AppendUint16(nil, 0), 5), 0), 2000000), 2), 9), "xy"...))
	for _, c := range []struct {
		name string
		file [][]byte
		want []packet.Rec // Off is not compared
	}{
		{"microseconds", [][]byte{section(little), interfaced(little, 1), enhanced(little, 0, 1500000, "abcd")},
			[]packet.Rec{{When: 1500000000, Len: 4, Wire: 2000, Link: 1}}},
		{"nanoseconds", [][]byte{section(little), interfaced(little, 1, resolution(little, 9)...), enhanced(little, 0, 1500000, "a")},
			[]packet.Rec{{When: 1500000, Len: 1, Wire: 2000, Link: 1}}},
		{"a power of two", [][]byte{section(big), interfaced(big, 113, resolution(big, 0x80|10)...), enhanced(big, 0, 1536, "a")},
			[]packet.Rec{{When: 1500000000, Len: 1, Wire: 2000, Link: 113}}},
		{"an offset", [][]byte{section(little), interfaced(little, 1, offset(little, 60)...), enhanced(little, 0, 1, "a")},
			[]packet.Rec{{When: 60000001000, Len: 1, Wire: 2000, Link: 1}}},
		{"two sections and orders", [][]byte{section(little), interfaced(little, 1), interfaced(little, 101), enhanced(little, 1, 1, "a"),
			section(big), interfaced(big, 12), enhanced(big, 0, 2, "b")},
			[]packet.Rec{{When: 1000, Len: 1, Wire: 2000, Link: 101, Iface: 1}, {When: 2000, Len: 1, Wire: 2000, Link: 12, Iface: 2}}},
		{"other blocks", [][]byte{section(little), block(little, 4, []byte("names")), interfaced(little, 1), block(little, 5, nil),
			block(little, 0xbad, make([]byte, 40)), enhanced(little, 0, 1, "a")}, []packet.Rec{{When: 1000, Len: 1, Wire: 2000, Link: 1}}},
		{"simple and old packets", [][]byte{section(little), interfaced(little, 1), old, simple},
			[]packet.Rec{{When: 2000000000, Len: 2, Wire: 9, Link: 1}, {When: 2000000000, Len: 3, Wire: 3, Link: 1}}},
	} {
		got, err := drain(t, open(t, bytes.Join(c.file, nil)))
		for i := range got.Recs {
			got.Recs[i].Off = 0
		}
		if err != io.EOF || !reflect.DeepEqual(got.Recs, c.want) {
			t.Errorf("%s: got %+v, %v want %+v", c.name, got.Recs, err, c.want)
		}
	}
}

func nextGeneration() []byte {
	file := append(section(binary.LittleEndian), interfaced(binary.LittleEndian, 1)...)
	for i := range 5 {
		file = append(file, enhanced(binary.LittleEndian, 0, uint64(i), strings.Repeat("x", i))...)
	}
	return file
}

// TestCutAnywhere: what came before the cut is read, and nothing else.
func TestCutAnywhere(t *testing.T) {
	for name, whole := range map[string][]byte{"pcap": classic(binary.LittleEndian, magicMicro, 5), "pcapng": nextGeneration()} {
		last := 0
		for n := 4; n <= len(whole); n++ {
			f, err := Open(bytes.NewReader(whole[:n]), "x")
			if err != nil {
				continue
			}
			got, err := drain(t, f)
			if err != io.EOF || len(got.Recs) < last {
				t.Fatalf("%s cut at %d: got %d packets, %v", name, n, len(got.Recs), err)
			}
			last = len(got.Recs)
			if f.Summary().Truncated && n == len(whole) {
				t.Errorf("%s: whole, and said to be cut", name)
			}
		}
		if last != 5 {
			t.Errorf("%s: got %d packets want 5", name, last)
		}
	}
}

// TestReaders: however the bytes come, the packets are the same.
func TestReaders(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(classic(binary.LittleEndian, magicMicro, 400))
	z.Close()
	want, _ := drain(t, open(t, classic(binary.LittleEndian, magicMicro, 400)))
	for name, r := range map[string]io.Reader{
		"byte by byte": iotest.OneByteReader(bytes.NewReader(classic(binary.LittleEndian, magicMicro, 400))),
		"halves":       iotest.HalfReader(bytes.NewReader(classic(binary.LittleEndian, magicMicro, 400))),
		"gzip":         bytes.NewReader(packed.Bytes()),
	} {
		f, err := Open(r, "x")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := drain(t, f); err != io.EOF || !reflect.DeepEqual(got.Recs, want.Recs) || !bytes.Equal(got.Buf, want.Buf) {
			t.Errorf("%s: %v, the packets differ", name, err)
		}
		f.Close()
	}
	f := open(t, packed.Bytes()[:packed.Len()/2])
	got, err := drain(t, f)
	if err != io.EOF || !f.Summary().Truncated || len(got.Recs) == 0 || len(got.Recs) >= 400 {
		t.Errorf("half of a gzip file: got %d packets, %v, %+v", len(got.Recs), err, f.Summary())
	}
}

func TestCorrupt(t *testing.T) {
	little := binary.LittleEndian
	start := append(section(little), interfaced(little, 1)...)
	huge := classic(little, magicMicro, 3)
	little.PutUint32(huge[pcapHeader+8:], 1<<30)
	differ := bytes.Clone(append(bytes.Clone(start), enhanced(little, 0, 1, "abcd")...))
	differ[len(differ)-4]++
	for _, c := range []struct {
		name string
		file []byte
		at   int64
		why  string
	}{
		{"a huge packet", huge, pcapHeader, "a packet of 1073741824 bytes"},
		{"an interface that is not declared", append(bytes.Clone(start), enhanced(little, 7, 1, "a")...), int64(len(start)), "interface 7"},
		{"lengths that differ", differ, int64(len(start)), "two lengths differ"},
		{"a huge block", append(bytes.Clone(start), 6, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0), int64(len(start)), "more than"},
		{"a tiny block", append(bytes.Clone(start), 6, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0), int64(len(start)), "a block of 8 bytes"},
	} {
		_, err := drain(t, open(t, c.file))
		var bad *Corrupt
		if !errors.As(err, &bad) || bad.At != c.at || !strings.Contains(bad.Error(), c.why) {
			t.Errorf("%s: got %v want %q at %d", c.name, err, c.why, c.at)
		}
	}
}

func TestNoCapture(t *testing.T) {
	for name, data := range map[string]string{"is empty": "", "ZIP archive": "PK\x03\x04zzzz", "it begins with 68 65": "hello world", "damaged gzip": "\x1f\x8bzzzz"} {
		if _, err := Open(strings.NewReader(data), "notes.txt"); !errors.Is(err, ErrNotCapture) || !strings.Contains(fmt.Sprint(err), name) || !strings.Contains(fmt.Sprint(err), "notes.txt") {
			t.Errorf("got %v want %q", err, name)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, nextGeneration()).Read(ctx, &packet.Batch{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v want %v", err, context.Canceled)
	}
}

// TestPublicCaptures counts the packets of real captures.
const packetsCell = 9 // of index.tsv

func TestPublicCaptures(t *testing.T) {
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES names no folder of captures")
	}
	index, err := os.ReadFile(filepath.Join(dir, "index.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		cells := strings.Split(line, "\t")
		file, err := os.Open(filepath.Join(dir, cells[0]))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		f, err := Open(file, cells[0])
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if got, err := drain(t, f); err != io.EOF || fmt.Sprint(len(got.Recs)) != cells[packetsCell] {
			t.Errorf("%s: got %d packets, %v want %s", cells[0], len(got.Recs), err, cells[packetsCell])
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(classic(binary.BigEndian, magicNano, 3))
	f.Add(nextGeneration())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), "x")
		if err != nil {
			return
		}
		defer file.Close()
		got, _ := drain(t, file)
		if len(got.Buf) > len(data)*1100 { // what deflate can make of a byte
			t.Errorf("%d bytes of packets out of %d", len(got.Buf), len(data))
		}
	})
}

// statistics are those of an interface, with one counter.
func statistics(order binary.AppendByteOrder, code uint16, n uint64) []byte {
	b := append(order.AppendUint32(nil, 0), make([]byte, 8)...)
	b = order.AppendUint16(order.AppendUint16(b, code), 8)
	return block(order, blockStatistics, append(order.AppendUint64(b, n), 0, 0, 0, 0))
}

func TestDropped(t *testing.T) {
	for _, c := range []struct {
		name string
		code uint16
		n    uint64
		want int
	}{
		{"by the interface", optionDropped, 3, 3}, {"by the system", optionDiscarded, 5, 5},
		{"none", optionDropped, 0, 0}, {"not known", optionDropped, 1<<64 - 1, 0}, {"no number of packets", optionDropped, 1 << 62, 0}, {"received", 4, 9, 0},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			b := slices.Concat(section(order), interfaced(order, 1), enhanced(order, 0, 1, "abcd"), statistics(order, c.code, c.n))
			if got := droppedIn(t, c.name, b); got != c.want {
				t.Errorf("%s: got %d want %d", c.name, got, c.want)
			}
		}
	}
}
