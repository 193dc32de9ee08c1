package tcpflow_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"testing"

	"faultline/platform/packet"

	"github.com/google/gopacket"
	"github.com/google/gopacket/pcapgo"
)

func open(t testing.TB, file string) packet.Source {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if raw[0] == 0x1f {
		z, _ := gzip.NewReader(bytes.NewReader(raw))
		raw, _ = io.ReadAll(z)
	}
	all := &packet.Batch{}
	type reader interface {
		ReadPacketData() ([]byte, gopacket.CaptureInfo, error)
	}
	var r reader
	link := func(gopacket.CaptureInfo) uint16 { return 0 }
	if raw[0] == 0x0a {
		o := pcapgo.DefaultNgReaderOptions
		o.WantMixedLinkType = true
		ng, err := pcapgo.NewNgReader(bufio.NewReader(bytes.NewReader(raw)), o)
		if err != nil {
			t.Fatal(err)
		}
		r = ng
		link = func(ci gopacket.CaptureInfo) uint16 {
			i, _ := ng.Interface(ci.InterfaceIndex)
			return uint16(i.LinkType)
		}
	} else {
		p, err := pcapgo.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(file, err)
		}
		r = p
		l := uint16(raw[20]) | uint16(raw[21])<<8
		if raw[0] == 0xa1 {
			l = uint16(raw[23]) | uint16(raw[22])<<8
		}
		link = func(gopacket.CaptureInfo) uint16 { return l }
	}
	for {
		d, ci, err := r.ReadPacketData()
		if err != nil {
			break
		}
		all.Add(ci.Timestamp.UnixNano(), link(ci), uint16(ci.InterfaceIndex), uint32(ci.Length), d)
	}
	return packet.NewMemory(all, 256)
}
