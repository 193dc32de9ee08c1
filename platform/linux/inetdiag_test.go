package linux

import (
	"net/netip"
	"testing"
	"unicode/utf8"

	"faultline/platform"
)

// diagBody spells an inet_diag_msg.
func diagBody(family, state byte, local, remote netip.AddrPort, queue, limit, uid, inode uint32) body {
	m := body{}.u8(family, state, 0, 0)
	m = m.u8(byte(local.Port()>>8), byte(local.Port()), byte(remote.Port()>>8), byte(remote.Port()))
	for _, a := range []netip.Addr{local.Addr(), remote.Addr()} {
		b := make([]byte, 16)
		copy(b, a.AsSlice())
		m = m.u8(b...)
	}
	return m.u32(0).u32(0).u32(0).u32(0).u32(queue).u32(limit).u32(uid).u32(inode)
}

func TestDecodeSocket(t *testing.T) {
	at, far := netip.MustParseAddrPort, netip.MustParseAddrPort("192.0.2.7:443")
	for _, c := range []struct {
		name string
		b    []byte
		want socketRow
		ok   bool
	}{
		{"listener", diagBody(2, tcpListen, at("127.0.0.1:8080"), at("0.0.0.0:0"), 3, 5, 1000, 4711).b,
			socketRow{State: tcpListen, Local: at("127.0.0.1:8080"), Remote: at("0.0.0.0:0"), Queue: 3, Limit: 5, UID: 1000, Inode: 4711}, true},
		{"listener for IPv6 only", diagBody(10, tcpListen, at("[::]:80"), at("[::]:0"), 0, 128, 0, 1).attr(diagV6Only, []byte{1}).b,
			socketRow{State: tcpListen, Local: at("[::]:80"), Remote: at("[::]:0"), Limit: 128, Inode: 1, V6Only: platform.Yes}, true},
		{"listener for both families", diagBody(10, tcpListen, at("[::]:80"), at("[::]:0"), 0, 128, 0, 1).attr(diagV6Only, []byte{0}).b,
			socketRow{State: tcpListen, Local: at("[::]:80"), Remote: at("[::]:0"), Limit: 128, Inode: 1, V6Only: platform.No}, true},
		{"the queues of a connection are bytes", diagBody(2, 1, at("10.0.0.1:4000"), far, 9, 9, 5, 6).b,
			socketRow{State: 1, Local: at("10.0.0.1:4000"), Remote: far, UID: 5, Inode: 6}, true},
		{"another family", diagBody(1, tcpListen, at("127.0.0.1:1"), far, 0, 0, 0, 0).b, socketRow{}, false},
		{"cut off", diagBody(2, tcpListen, at("127.0.0.1:1"), far, 0, 0, 0, 0).b[:diagMessage-1], socketRow{}, false},
	} {
		if got, ok := decodeSocket(c.b); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %+v, %v want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func FuzzDecodeSocket(f *testing.F) {
	at := netip.MustParseAddrPort("[2001:db8::1]:80")
	f.Add(diagBody(10, tcpListen, at, at, 1, 2, 3, 4).attr(diagV6Only, []byte{1}).b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, ok := decodeSocket(b); ok && (!r.Local.IsValid() || !r.Remote.IsValid()) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestDecodePorts(t *testing.T) {
	for _, c := range []struct {
		name, text string
		low, high  int
		ok         bool
	}{
		{"usual", "32768\t60999\n", 32768, 60999, true}, {"one", "5 5", 5, 5, true}, {"turned round", "9 5", 9, 5, false},
		{"too high", "1 65536", 1, 65536, false}, {"empty", "", 0, 0, false}, {"one number", "7", 0, 0, false},
	} {
		if low, high, ok := decodePair([]byte(c.text)); ok != c.ok || low != c.low || high != c.high {
			t.Errorf("%s: got %d %d %v", c.name, low, high, ok)
		}
	}
	for text, want := range map[string]int{"": 0, "40005\n": 1, "8080,40000-40009,50000": 10, "39990-40010": 11, "40100-50000": 0, "x,40001-y,-": 0} {
		if got := decodeReserved([]byte(text), 40000, 40019); got != want {
			t.Errorf("%q: got %d reserved, want %d", text, got, want)
		}
	}
}

func TestDecodeFiles(t *testing.T) {
	const limits = "Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n"
	for name, c := range map[string]struct {
		text string
		want int
	}{"limited": {limits, 1024}, "unlimited": {"Max open files            unlimited            unlimited            files", 0}, "none": {"", 0}} {
		if got := decodeFileLimit([]byte(c.text)); got != c.want {
			t.Errorf("%s: got %d want %d", name, got, c.want)
		}
	}
	if open, limit := decodeFileUse([]byte("1984\t0\t9223372036854775807\n")); open != 1984 || limit != 1<<53 {
		t.Errorf("got %d of %d", open, limit)
	}
	for link, want := range map[string]int{"socket:[4711]": 4711, "socket:[]": 0, "pipe:[4711]": 0, "socket:[4711": 0, "socket:[-1]": 0} {
		if got, ok := socketOf(link); got != want || ok != (want != 0) {
			t.Errorf("%q: got %d, %v want %d", link, got, ok, want)
		}
	}
}

func FuzzDecodeProgram(f *testing.F) {
	f.Add([]byte("nginx\n"))
	f.Add([]byte("1 2\x1b[31m"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if name := programName(b); !utf8.ValidString(name) || len(name) > 64 {
			t.Errorf("got %q", name)
		}
		if n := decodeReserved(b, 1, 100); n < 0 || n > 100 {
			t.Errorf("got %d reserved of 100", n)
		}
		if low, high, ok := decodePair(b); ok && (low > high || low < 1) {
			t.Errorf("got %d to %d", low, high)
		}
		if n := decodeFileLimit(b); n < 0 {
			t.Errorf("got a limit of %d", n)
		}
		if open, limit := decodeFileUse(b); open < 0 || limit < 0 {
			t.Errorf("got %d of %d", open, limit)
		}
	})
}
