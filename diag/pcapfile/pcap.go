package pcapfile

import (
	"fmt"

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
		return &Corrupt{f.name, int64(f.end), "the header of the file is cut off"}
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

// next reads one packet: time, fraction, bytes kept, bytes on the wire.
func (p *pcap) next(b []byte) (int, packet.Rec, bool, error) {
	if len(b) < p.header {
		return 0, packet.Rec{}, false, nil
	}
	kept := p.order.Uint32(b[8:])
	if kept > mostPacket {
		return 0, packet.Rec{}, false, fmt.Errorf("a packet of %d bytes", kept)
	}
	n := p.header + int(kept)
	if len(b) < n {
		return 0, packet.Rec{}, false, nil
	}
	return n, packet.Rec{
		When: int64(p.order.Uint32(b))*1e9 + int64(p.order.Uint32(b[4:]))*p.unit,
		Off:  uint32(p.header), Len: kept, Wire: p.order.Uint32(b[12:]), Link: p.link,
	}, true, nil
}
