package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"faultline/platform/packet"
	strict "faultline/platform/packet/pcapng"
)

// FuzzBothReaders: what the strict reader of saved runs takes, this one reads as
// the same packets.
func FuzzBothReaders(f *testing.F) {
	var own bytes.Buffer
	w := strict.NewWriter(&own)
	var b packet.Batch
	b.Add(1_700_000_000_123_456_789, 1, 0, 90, []byte("kept of a frame"))
	b.Add(1_700_000_000_123_456_790, 113, 3, 4, []byte("whole"))
	if err := w.Lane().Write(&b); err != nil {
		f.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		f.Fatal(err)
	}
	f.Add(own.Bytes())
	f.Fuzz(func(t *testing.T, file []byte) {
		want, err := packet.Collect(t.Context(), strict.NewReader(bytes.NewReader(file), 0), 1<<16)
		if err != nil {
			return
		}
		r, err := Open(bytes.NewReader(file), "own.pcapng")
		if err != nil {
			t.Fatalf("got %v want what the other reader takes", err)
		}
		defer r.Close()
		var got packet.Batch
		at := 0
		for {
			if err := r.Read(t.Context(), &got); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("after %d packets: got %v", at, err)
			}
			for i, g := range got.Recs {
				if at == len(want.Recs) {
					t.Fatalf("got more than %d packets", at)
				}
				if w := want.Recs[at]; g.Link != w.Link || g.Iface != w.Iface || !bytes.Equal(got.Bytes(i), want.Bytes(at)) {
					t.Fatalf("packet %d: got %+v want %+v", at, g, w)
				}
				at++
			}
		}
		if at != len(want.Recs) {
			t.Errorf("got %d packets want %d", at, len(want.Recs))
		}
	})
}
