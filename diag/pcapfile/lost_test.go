package pcapfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"
	"testing"

	"faultline/platform/packet"
)

// behind is an enhanced packet with an option behind its data, an odd number of bytes.
func behind(order binary.AppendByteOrder, code uint16, value []byte) []byte {
	b := order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 0), 0), 1)
	b = append(order.AppendUint32(order.AppendUint32(b, 5), 2000), "abcde\x00\x00\x00"...)
	b = order.AppendUint16(order.AppendUint16(b, 2), 4) // the flags of the packet come first
	b = order.AppendUint32(b, 0)
	b = append(order.AppendUint16(order.AppendUint16(b, code), uint16(len(value))), value...)
	return block(order, blockEnhanced, append(b, 0, 0, 0, 0))
}

// obsolete is a packet block of before, which counts what was lost in its head.
func obsolete(order binary.AppendByteOrder, lost uint16) []byte {
	b := order.AppendUint32(order.AppendUint32(order.AppendUint16(order.AppendUint16(nil, 0), lost), 0), 1)
	return block(order, blockOldPacket, append(order.AppendUint32(order.AppendUint32(b, 4), 4), "abcd"...))
}

func TestLostBefore(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		lost := func(n uint64) []byte { return behind(order, optionLost, order.AppendUint64(nil, n)) }
		for _, c := range []struct {
			name   string
			blocks [][]byte
			want   int
		}{
			{"before one packet", [][]byte{lost(3)}, 3},
			{"before several", [][]byte{lost(3), lost(0), lost(4)}, 7},
			{"counted by the interface too", [][]byte{lost(3), lost(4), statistics(order, optionDropped, 7)}, 7},
			{"the interface counts more", [][]byte{lost(3), statistics(order, optionDiscarded, 9)}, 9},
			{"the interface counts less", [][]byte{statistics(order, optionDropped, 2), lost(3)}, 3},
			{"not known", [][]byte{lost(1<<64 - 1)}, 0},
			{"of a wrong size", [][]byte{behind(order, optionLost, order.AppendUint32(nil, 9))}, 0},
			{"another option", [][]byte{behind(order, 5, order.AppendUint64(nil, 9))}, 0},
			{"cut off", [][]byte{behind(order, optionLost, nil)}, 0},
			{"in a packet block of before", [][]byte{obsolete(order, 2), obsolete(order, 0), obsolete(order, 5)}, 7},
			{"not known to a packet block of before", [][]byte{obsolete(order, 0xffff)}, 0},
			{"no options", [][]byte{enhanced(order, 0, 1, "abcd")}, 0},
		} {
			b := slices.Concat(section(order), interfaced(order, 1), slices.Concat(c.blocks...))
			if got := droppedIn(t, c.name, b); got != c.want {
				t.Errorf("%s: got %d want %d", c.name, got, c.want)
			}
		}
	}
}

// droppedIn reads a capture to its end, and returns how many packets it says to lack.
func droppedIn(t *testing.T, name string, capture []byte) int {
	t.Helper()
	f, err := Open(bytes.NewReader(capture), name)
	if err != nil {
		t.Fatal(err)
	}
	for batch := (&packet.Batch{}); err == nil; {
		err = f.Read(context.Background(), batch)
	}
	if err != io.EOF {
		t.Fatalf("%s: %v", name, err)
	}
	return f.Summary().Dropped
}
