package pcapng

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"faultline/platform/packet"

	"github.com/google/gopacket/pcapgo"
)

// some returns n packets of two interfaces, one with two link types.
func some(n int) *packet.Batch {
	b := &packet.Batch{}
	for i := range n {
		link := []uint16{1, 113, 101}[i%3]
		b.Add(1767312000_123456789+int64(i)*1_000_001, link, uint16(i%3/2), uint32(i+60), bytes.Repeat([]byte{byte(i)}, i%61))
	}
	return b
}

func written(t *testing.T, b *packet.Batch, size int) []byte {
	t.Helper()
	var file bytes.Buffer
	tee := Tee(packet.NewMemory(b, size), &file)
	got, err := packet.Collect(t.Context(), tee, len(b.Recs))
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Recs) > 0 && !reflect.DeepEqual(got, b) {
		t.Error("the tee changed what it passed on")
	}
	if err := tee.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestBatchSizesDoNotMatter(t *testing.T) {
	want := some(600)
	file := written(t, want, 256)
	for _, size := range []int{1, 7, 256} {
		if !bytes.Equal(written(t, want, size), file) {
			t.Errorf("written in batches of %d: the file differs", size)
		}
		r := NewReader(bytes.NewReader(file), size)
		got, err := packet.Collect(t.Context(), r, 600)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Buf, want.Buf) {
			t.Errorf("read in batches of %d: the bytes differ", size)
		}
		for i, r := range got.Recs {
			// The file numbers a pair of interface and link type.
			w := want.Recs[i]
			w.Iface = uint16(i % 3)
			if r != w {
				t.Fatalf("read in batches of %d: packet %d: got %+v want %+v", size, i, r, w)
			}
		}
		if stats, _ := r.Stats(); stats.Packets != 600 {
			t.Errorf("stats: got %d want 600", stats.Packets)
		}
	}
}

// gopacket's reader is the second witness for what is written.
func TestGopacketReadsTheSame(t *testing.T) {
	want := some(50)
	r, err := pcapgo.NewNgReader(bytes.NewReader(written(t, want, 7)), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range want.Recs {
		data, info, err := r.ReadPacketData()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want.Bytes(i)) || info.Timestamp.UnixNano() != w.When || info.Length != int(w.Wire) {
			t.Errorf("packet %d: got %+v want %+v", i, info, w)
		}
	}
}

func TestAFileWithoutPackets(t *testing.T) {
	file := written(t, &packet.Batch{}, 1)
	got, err := packet.Collect(t.Context(), NewReader(bytes.NewReader(file), 0), 1)
	if err != nil || len(got.Recs) != 0 || len(file) == 0 {
		t.Errorf("got %d packets of %d bytes, %v want none", len(got.Recs), len(file), err)
	}
}

func TestLanesShareAFile(t *testing.T) {
	var file bytes.Buffer
	w := NewWriter(&file)
	a, b, c := w.Lane(), w.Lane(), w.Lane()
	for _, err := range []error{a.Write(some(2)), b.Write(some(3)), a.Write(some(1)), w.Flush()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	cases := []struct {
		name        string
		lane        *Lane
		first, last int
		ifaces      map[int]uint16
	}{
		{"a", a, 1, 6, map[int]uint16{0: 0, 1: 0}},
		{"b", b, 3, 5, map[int]uint16{2: 0, 3: 0, 4: 1}},
		{"c", c, 0, 0, nil},
	}
	for _, x := range cases {
		first, last := x.lane.Range()
		if ifaces := x.lane.Ifaces(); first != x.first || last != x.last || !reflect.DeepEqual(ifaces, x.ifaces) {
			t.Errorf("%s: got %d to %d of %v want %d to %d of %v", x.name, first, last, ifaces, x.first, x.last, x.ifaces)
		}
	}
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestTeeGoesOnWhenTheDiskIsFull(t *testing.T) {
	want := some(600)
	tee := Tee(packet.NewMemory(want, 7), &full{room: 9000})
	got, err := packet.Collect(t.Context(), tee, 600)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %d packets, %v want all", len(got.Recs), err)
	}
	if err := tee.Close(); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("close: got %v want disk full", err)
	}
}

// file builds pcapng blocks by hand, in either byte order.
type file struct {
	bytes.Buffer
	order binary.AppendByteOrder
}

func (f *file) block(kind uint32, parts ...any) *file {
	var body []byte
	for _, p := range parts {
		switch p := p.(type) {
		case uint16:
			body = f.order.AppendUint16(body, p)
		case uint32:
			body = f.order.AppendUint32(body, p)
		case uint64:
			body = f.order.AppendUint64(body, p)
		case string:
			body = append(body, p...)
		}
	}
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	length := uint32(len(body) + 12)
	f.Write(f.order.AppendUint32(f.order.AppendUint32(nil, kind), length))
	f.Write(f.order.AppendUint32(body, length))
	return f
}

func (f *file) section() *file {
	return f.block(blockSection, uint32(orderMagic), uint16(1), uint16(0), ^uint64(0))
}

func (f *file) iface(link uint16, options ...any) *file {
	return f.block(blockInterface, append([]any{link, uint16(0), uint32(4)}, options...)...)
}

func (f *file) packet(iface uint32, stamp uint64, data string) *file {
	return f.block(blockEnhanced, iface, uint32(stamp>>32), uint32(stamp), uint32(len(data)), uint32(99), data)
}

func TestFilesOfOthers(t *testing.T) {
	for name, order := range map[string]binary.AppendByteOrder{"little": binary.LittleEndian, "big": binary.BigEndian} {
		t.Run(name, func(t *testing.T) {
			f := &file{order: order}
			f.section().iface(1).packet(0, 1_000_002, "abc")
			f.iface(101, uint16(optionResolution), uint16(1), "\x8a\x00\x00\x00", uint16(optionOffset), uint16(8), uint64(5), uint32(0))
			f.block(99, "unknown").packet(1, 1024+512, "")
			f.block(blockSimple, uint32(70), "wxyz")
			f.section().iface(113, uint16(optionResolution), uint16(1), "\x00\x00\x00\x00").packet(0, 3, "q")
			want := []packet.Rec{
				{When: 1_000_002_000, Off: 0, Len: 3, Wire: 99, Link: 1, Iface: 0},
				{When: 6_500_000_000, Off: 3, Len: 0, Wire: 99, Link: 101, Iface: 1},
				{When: 0, Off: 3, Len: 4, Wire: 70, Link: 1, Iface: 0},
				{When: 3_000_000_000, Off: 7, Len: 1, Wire: 99, Link: 113, Iface: 2},
			}
			got, err := packet.Collect(t.Context(), NewReader(&f.Buffer, 0), 10)
			if err != nil || !reflect.DeepEqual(got.Recs, want) || string(got.Buf) != "abcwxyzq" {
				t.Errorf("got %+v %q, %v want %+v", got.Recs, got.Buf, err, want)
			}
		})
	}
}

func TestAPacketIsNeverLongerThanOnTheWire(t *testing.T) {
	f := &file{order: binary.LittleEndian}
	f.section().iface(1).block(blockEnhanced, uint32(0), uint64(0), uint32(3), uint32(1), "abc")
	got, err := packet.Collect(t.Context(), NewReader(&f.Buffer, 0), 1)
	if err != nil || len(got.Recs) != 1 || got.Recs[0].Wire != 3 {
		t.Errorf("got %+v, %v want one packet of 3 bytes on the wire", got.Recs, err)
	}
}

func TestBrokenFiles(t *testing.T) {
	fresh := func() *file { return &file{order: binary.LittleEndian} }
	one := fresh().section().iface(1).packet(0, 1, "abc")
	whole := one.String()
	two := []byte(whole)
	two[len(two)-1] = 1
	many := fresh().section()
	for range maxIfaces + 1 {
		many.iface(1)
	}
	cases := []struct {
		name, text, fault string
		packets           int
	}{
		{"empty", "", "unexpected EOF", 0},
		{"text", "this is no capture file", "not a pcapng file", 0},
		{"classic pcap", "\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00", "not a pcapng file", 0},
		{"no byte order", fresh().block(blockSection, uint32(1)).String(), "without byte order", 0},
		{"version", fresh().block(blockSection, uint32(orderMagic), uint16(2), uint16(0), uint64(0)).String(), "version 2", 0},
		{"short section", fresh().block(blockSection, uint32(orderMagic)).String(), "shorter than its contents", 0},
		{"short interface", fresh().section().block(blockInterface, uint16(1)).String(), "shorter than its contents", 0},
		{"truncated", whole + whole[:len(whole)-2], "unexpected EOF", 1},
		{"two lengths", string(two), "two lengths", 0},
		{"huge block", whole + "\x01\x00\x00\x00\x00\x00\x00\x7f\x00\x00\x00\x00", "a block of", 1},
		{"tiny block", whole + "\x01\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00", "a block of", 1},
		{"unknown interface", fresh().section().iface(1).packet(1, 1, "").String(), "not described", 0},
		{"interface of the last section", whole + fresh().section().packet(0, 1, "").String(), "not described", 1},
		{"packet longer than its block", fresh().section().iface(1).block(blockEnhanced, uint32(0), uint64(0), uint32(9), uint32(9), "abc").String(), "shorter than", 0},
		{"short packet", fresh().section().iface(1).block(blockEnhanced, uint32(0)).String(), "shorter than", 0},
		{"simple without interface", fresh().section().block(blockSimple, uint32(1), "a").String(), "not described", 0},
		{"simple too short", fresh().section().iface(1).block(blockSimple, uint32(9), "").String(), "shorter than", 0},
		{"empty resolution", fresh().section().iface(1, uint16(optionResolution), uint16(0)).String(), "shorter than", 0},
		{"resolution", fresh().section().iface(1, uint16(optionResolution), uint16(1), "\x7f\x00\x00\x00").String(), "out of range", 0},
		{"option beyond its block", fresh().section().iface(1, uint16(2), uint16(400)).String(), "shorter than", 0},
		{"many interfaces", many.String(), "interfaces", 0},
		{"obsolete", fresh().section().block(blockObsolete, uint32(0)).String(), "obsolete", 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := packet.Collect(t.Context(), NewReader(strings.NewReader(c.text), 0), 10)
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("error: got %v want %q", err, c.fault)
			}
			if len(got.Recs) != c.packets {
				t.Errorf("packets before the fault: got %d want %d", len(got.Recs), c.packets)
			}
		})
	}
}

func TestReaderHonorsItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := NewReader(bytes.NewReader(written(t, some(1), 1)), 0)
	if err := r.Read(ctx, &packet.Batch{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v want %v", err, context.Canceled)
	}
}

func FuzzReader(f *testing.F) {
	x := &file{order: binary.BigEndian}
	x.section().iface(1, uint16(optionResolution), uint16(1), "\x8a\x00\x00\x00").packet(0, 1024, "abc").block(blockSimple, uint32(2), "ab")
	f.Add(x.Bytes())
	var b bytes.Buffer
	tee := Tee(packet.NewMemory(some(9), 2), &b)
	if _, err := packet.Collect(context.Background(), tee, 9); err != nil {
		f.Fatal(err)
	}
	tee.Close()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		single, errSingle := packet.Collect(t.Context(), NewReader(bytes.NewReader(text), 1), 1<<20)
		batched, errBatched := packet.Collect(t.Context(), NewReader(iotest{bytes.NewReader(text)}, 256), 1<<20)
		if !reflect.DeepEqual(single, batched) || (errSingle == nil) != (errBatched == nil) {
			t.Fatalf("batches differ: %d packets, %v and %d, %v", len(single.Recs), errSingle, len(batched.Recs), errBatched)
		}
		for i, r := range single.Recs {
			if r.Wire < r.Len {
				t.Fatalf("packet %d: got %d bytes of %d", i, r.Len, r.Wire)
			}
		}
		if len(single.Buf) > len(text) {
			t.Fatalf("%d bytes of packets from a file of %d", len(single.Buf), len(text))
		}
	})
}

// iotest hides everything but Read.
type iotest struct{ io.Reader }
