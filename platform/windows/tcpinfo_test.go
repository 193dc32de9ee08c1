package windows

import (
	"net/netip"
	"reflect"
	"testing"
	"time"

	"faultline/platform"
)

// madeTCPInfo spells TCP_INFO_v1, which begins with TCP_INFO_v0.
func madeTCPInfo(mss, rtt, flight, window, retransmitted uint32, syns byte) made {
	m := made{}.u32(4, mss).u64(1500).u8(1, 0, 0, 0).u32(rtt, 900, flight, 14600, window, 65535, 65536)
	m = m.u64(1000, 2000).u32(0, retransmitted, 1, 2, 3).u8(syns, 0, 0, 0)
	return m.u32(1, 2).u64(3).u32(4, 5).u64(6).u32(7, 8).u64(9)
}

func TestDecodeTCPInfo(t *testing.T) {
	b := madeTCPInfo(1460, 12000, 2921, 64240, 1460, 1)
	want := tcpInfo{MSS: 1460, RTT: 12000, InFlight: 2921, Window: 64240, Retransmitted: 1460, SYNRepeats: 1}
	for _, n := range []int{tcpInfoSize, len(b)} {
		if got, ok := decodeTCPInfo(b[:n]); !ok || got != want {
			t.Errorf("%d bytes: got %+v, %v want %+v", n, got, ok, want)
		}
	}
	if len(b) != 136 {
		t.Errorf("got %d bytes of version 1 want 136", len(b))
	}
	if _, ok := decodeTCPInfo(b[:tcpInfoSize-1]); ok {
		t.Error("read one that is cut")
	}
	facts := &platform.TCPInfo{RTT: 12 * time.Millisecond, MSS: 1460, Retransmits: 2, Unacked: 3, PeerWindow: 64240}
	if got := want.facts(); !reflect.DeepEqual(got, facts) {
		t.Errorf("got %+v want %+v", got, facts)
	}
	if got := (tcpInfo{InFlight: 1}).facts(); got.Unacked != 1 {
		t.Errorf("without an MSS: got %+v want one segment", got)
	}
}

// madeICMPError spells ICMP_ERROR_INFO: SOCKADDR_INET, protocol, type, code.
func madeICMPError(from string, kind, code byte) made {
	a := netip.MustParseAddr(from)
	m := made{}.u16(familyIPv6).u16(0).u32(0)
	if a.Is4() {
		m = made{}.u16(familyIPv4).u16(0)
	}
	m = m.addr(from)
	return m.zero(28-len(m)).u32(1).u8(kind, code, 0, 0)
}

func TestDecodeICMPError(t *testing.T) {
	for _, from := range []string{"192.0.2.1", "2001:db8::1"} {
		b := madeICMPError(from, 3, 13)
		want := &platform.ICMP{From: netip.MustParseAddr(from), Type: 3, Code: 13}
		if got := decodeICMPError(b); !reflect.DeepEqual(got, want) || len(b) != icmpErrorInfoSize {
			t.Errorf("got %+v of %d bytes want %+v", got, len(b), want)
		}
		if got := decodeICMPError(b[:33]); got != nil {
			t.Errorf("got %+v of one that is cut", got)
		}
	}
	if got := decodeICMPError(make([]byte, icmpErrorInfoSize)); got != nil {
		t.Errorf("got %+v without an address", got)
	}
}

func FuzzDecodeTCPInfo(f *testing.F) {
	f.Add([]byte(madeTCPInfo(1460, 12000, 2921, 64240, 1460, 1)))
	f.Add([]byte(madeICMPError("2001:db8::1", 1, 1)))
	f.Fuzz(func(t *testing.T, b []byte) {
		if i, ok := decodeTCPInfo(b); ok {
			if got := i.facts(); got.Retransmits < 0 || got.Unacked < 0 {
				t.Errorf("got %+v", got)
			}
		}
		if i := decodeICMPError(b); i != nil && !i.From.IsValid() {
			t.Errorf("got %+v", i)
		}
	})
}
