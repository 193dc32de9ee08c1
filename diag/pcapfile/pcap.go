package pcapfile

import (
	"slices"

	"faultline/platform"
	"faultline/platform/packet"
)

// The magic numbers of pcap (pcap-savefile(5)): microseconds, nanoseconds, and
// the form of a patched libpcap whose records have eight bytes more.
const (
	magicMicro   = 0xa1b2c3d4
	magicNano    = 0xa1b23c4d
	magicPatched = 0xa1b2cd34

	pcapHeader = 24
	pcapRecord = 16
)

// pcap reads the records of a pcap file.
type pcap struct {
	order  order
	unit   int64 // nanoseconds of a fraction
	header int   // bytes before a packet
	link   uint16
}

func pcapMagic(b []byte) bool {
	_, _, ok := magic(b)
	return ok
}

func magic(b []byte) (number uint32, o order, ok bool) {
	for _, o := range []order{big, little} {
		switch n := o.Uint32(b); n {
		case magicMicro, magicNano, magicPatched:
			return n, o, true
		}
	}
	return 0, unordered, false
}

func (f *File) openPcap() error {
	if err := f.need(pcapHeader); err != nil {
		return err
	}
	f.sum.Format = "pcap"
	if f.end < pcapHeader {
		return &Corrupt{f.name, int64(f.end), platform.Damaged("header", "the header of the file is cut off")}
	}
	number, o, _ := magic(f.win)
	p := &pcap{order: o, unit: 1000, header: pcapRecord}
	switch number {
	case magicNano:
		p.unit, f.sum.Nano = 1, true
	case magicPatched:
		p.header += 8
	}
	// The upper bits tell of frame check sequences.
	p.link = uint16(o.Uint32(f.win[20:]))
	f.at, f.form = pcapHeader, p
	f.sum.Links = append(f.sum.Links, p.link)
	return nil
}

// records reads packets: time, fraction, bytes kept, bytes on the wire.
func (p *pcap) records(b []byte, recs []packet.Rec) (n int, all []packet.Rec, err error) {
	recs = slices.Grow(recs, mostRecs)
	for len(recs) < mostRecs && len(b)-n >= p.header {
		h := b[n:]
		kept := p.order.Uint32(h[8:])
		if kept > mostPacket {
			return n, recs, platform.Damaged("packet", "a packet of {n} bytes", "n", int(kept))
		}
		if len(h) < p.header+int(kept) {
			break
		}
		recs = recs[:len(recs)+1]
		r := &recs[len(recs)-1] // in place: a copy would take longer than all the rest
		r.When = int64(p.order.Uint32(h))*1e9 + int64(p.order.Uint32(h[4:]))*p.unit
		r.Off, r.Len, r.Wire = uint32(n+p.header), kept, p.order.Uint32(h[12:])
		r.Link, r.Iface = p.link, 0
		n += p.header + int(kept)
	}
	return n, recs, nil
}
