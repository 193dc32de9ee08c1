package linux

import (
	"testing"

	"faultline/platform"
)

// counted is the body of RTM_NEWLINK with counters, as Linux 6.18 sends them:
// words of struct rtnl_link_stats64.
func counted(words ...uint64) []byte {
	var stats []byte
	for _, w := range words {
		stats = host.AppendUint64(stats, w)
	}
	b := attribute(linkMessage(7, 1, "veth"), linkStats64, stats)
	return attribute(b, linkCarrierDown, host.AppendUint32(nil, 3))
}

func TestDecodeLinkCounters(t *testing.T) {
	got, ok := decodeLinkCounters(counted(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13))
	want := platform.LinkCounters{Link: 7, RxPackets: 1, TxPackets: 2, RxBytes: 3, TxBytes: 4, RxErrors: 5, TxErrors: 6,
		RxDropped: 7, TxDropped: 8, Collisions: 10, RxCRC: 13, CarrierLost: 3}
	want.Name = got.Name
	if !ok || got != want {
		t.Errorf("got %+v want %+v", got, want)
	}
	if got, ok := decodeLinkCounters(counted(1, 2)); !ok || got.RxPackets != 1 || got.RxErrors != 0 {
		t.Errorf("cut short: got %+v, %v", got, ok)
	}
	if _, ok := decodeLinkCounters(nil); ok {
		t.Error("got counters of nothing")
	}
}

// qdisc is the body of RTM_NEWQDISC or RTM_NEWTCLASS.
func qdisc(link, handle, parent uint32, kind string, options []byte) []byte {
	b := make([]byte, qdiscBody)
	host.PutUint32(b[4:], link)
	host.PutUint32(b[8:], handle)
	host.PutUint32(b[12:], parent)
	b = attribute(b, qdiscKind, append([]byte(kind), 0))
	return attribute(b, qdiscOptions, options)
}

func rates(at int, bytes uint32) []byte {
	p := make([]byte, at+2*rateSpec)
	host.PutUint32(p[at+rateOffset:], bytes)
	return attribute(nil, bucketParams, p)
}

func TestDecodeShaper(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		want shaper
		ok   bool
	}{
		{"tbf", qdisc(4, 0x80010000, rootHandle, "tbf", rates(0, 125000)), shaper{4, 0x80010000, "tbf", 1_000_000}, true},
		{"tbf of many gigabits", qdisc(4, 1, rootHandle, "tbf", attribute(rates(0, 0xffffffff), bucketRate64, host.AppendUint64(nil, 5_000_000_000))), shaper{4, 1, "tbf", 40_000_000_000}, true},
		{"htb", qdisc(4, 0x10000, rootHandle, "htb", nil), shaper{4, 0x10000, "htb", 0}, true},
		{"below another", qdisc(4, 1, 0x10010, "tbf", rates(0, 125000)), shaper{}, false},
		{"without limit", qdisc(4, 1, rootHandle, "fq_codel", nil), shaper{}, false},
		{"cut", make([]byte, 8), shaper{}, false},
	} {
		got, ok := decodeShaper(c.body)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("%s: got %+v, %v want %+v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if got, ok := decodeCeiling(qdisc(4, 0x10001, 0x10000, "htb", rates(rateSpec, 250000)), 0x10000); !ok || got != 2_000_000 {
		t.Errorf("a class at the top: got %d, %v", got, ok)
	}
	if got, ok := decodeCeiling(qdisc(4, 0x10011, 0x10001, "htb", rates(rateSpec, 250000)), 0x10000); ok {
		t.Errorf("a class below another: got %d", got)
	}
}

func TestDecodeModes(t *testing.T) {
	head := attribute(nil, modesHead, attribute(nil, headIndex, host.AppendUint32(nil, 5)))
	answer := func(speed uint32, duplex byte) []byte {
		b := append([]byte{modesGet, 1, 0, 0}, head...)
		b = attribute(b, modesSpeed, host.AppendUint32(nil, speed))
		return attribute(b, modesDuplex, []byte{duplex})
	}
	for _, c := range []struct {
		name   string
		body   []byte
		link   int
		speed  int64
		duplex string
	}{
		{"gigabit", answer(1000, 1), 5, 1_000_000_000, "full"},
		{"half duplex", answer(10, 0), 5, 10_000_000, "half"},
		{"unknown", answer(speedUnknown, 0xff), 5, 0, ""},
		{"nothing", nil, 0, 0, ""},
	} {
		if link, speed, duplex := decodeModes(c.body); link != c.link || speed != c.speed || duplex != c.duplex {
			t.Errorf("%s: got %d, %d, %q want %d, %d, %q", c.name, link, speed, duplex, c.link, c.speed, c.duplex)
		}
	}
}

// The bodies are composed from linux/nl80211.h: there was no such adapter.
func TestDecodeWireless(t *testing.T) {
	body := func(attrs ...func([]byte) []byte) []byte {
		b := []byte{wifiGet, 0, 0, 0}
		for _, a := range attrs {
			b = a(b)
		}
		return b
	}
	with := func(kind uint16, v []byte) func([]byte) []byte {
		return func(b []byte) []byte { return attribute(b, kind, v) }
	}
	index, station := with(wifiIndex, host.AppendUint32(nil, 3)), with(wifiType, host.AppendUint32(nil, wifiTypeStation))
	phy, ssid := with(wifiPhy, host.AppendUint32(nil, 1)), with(wifiSSID, []byte("x"))
	for _, c := range []struct {
		name  string
		body  []byte
		up    bool
		kill  killSwitch
		state platform.WirelessState
	}{
		{"joined", body(index, station, phy, ssid), true, killSwitch{}, platform.WirelessJoined},
		{"unjoined", body(index, station, phy), true, killSwitch{}, platform.WirelessUnjoined},
		{"down", body(index, station, phy), false, killSwitch{}, platform.WirelessOff},
		{"flight mode", body(index, station, phy), false, killSwitch{soft: true}, platform.WirelessBlockedSoft},
		{"a switch", body(index, station, phy), false, killSwitch{soft: true, hard: true}, platform.WirelessBlockedHard},
	} {
		w := decodeWireless(c.body)
		if w.Index != 3 || w.Phy != "phy1" || !w.station() {
			t.Errorf("%s: got %+v", c.name, w)
		}
		if got := w.state(c.up, c.kill); got != c.state {
			t.Errorf("%s: got %s want %s", c.name, got, c.state)
		}
	}
	signal := attribute(attribute(nil, signalNow, []byte{0xb0}), signalAverage, []byte{0xae})
	if got := decodeSignal(attribute([]byte{wifiStation, 0, 0, 0}, wifiPeerInfo, signal)); got != -82 {
		t.Errorf("signal: got %d want -82", got)
	}
}

func FuzzMedium(f *testing.F) {
	f.Add(counted(1, 2, 3))
	f.Add(qdisc(4, 1, rootHandle, "tbf", rates(0, 125000)))
	f.Fuzz(func(t *testing.T, b []byte) {
		decodeLinkCounters(b)
		decodeModes(b)
		decodeSignal(b)
		if s, ok := decodeShaper(b); ok && s.Rate < 0 {
			t.Errorf("got %+v", s)
		}
		if rate, ok := decodeCeiling(b, 1); ok && rate <= 0 {
			t.Errorf("got %d", rate)
		}
	})
}
