package linux

import (
	"testing"
	"time"

	"faultline/platform"
)

// TestCountersTell shows by which counters, that everybody may read, this
// machine's own firewall gives itself away, in the namespace where it happened.
// A SYN that it drops is counted as asked for and not as transmitted, and a
// repeated one as failed; OutDiscards counts datagrams only (Linux 6.18).
func TestCountersTell(t *testing.T) {
	l := newLab(t)
	rise := func(do func()) map[string]int {
		before := l.counters()
		l.in(l.client, do)
		after := l.counters()
		d := make(map[string]int)
		for name := range after {
			d[name] = int(after[name] - before[name])
		}
		return d
	}
	l.in(l.client, func() { nft(t, chain("output", "tcp dport 90 drop", "udp dport 90 drop")) })
	got := rise(func() {
		d, err := dialer{}.TCP(within(t, 5*time.Second), platform.DialAsk{To: port(serverIP, 90), SYNs: 2})
		if err != nil || d.Ended != platform.DialSilent || d.Sent != 2 {
			t.Errorf("got %+v, %v want the silence of two SYNs", d, err)
		}
	})
	if got["TcpExt.TCPRetransFail"] != 1 || got["Ip.OutDiscards"] != 0 || got["Ip.OutRequests"] < 2 {
		t.Errorf("dropped SYNs: got %v", got)
	}
	if _, known := got["Ip.OutTransmits"]; known && got["Ip.OutRequests"]-got["Ip.OutTransmits"] != 2 {
		t.Errorf("dropped SYNs: got %d asked for and %d transmitted", got["Ip.OutRequests"], got["Ip.OutTransmits"])
	}
	got = rise(func() {
		if _, err := (datagrams{}).Send(within(t, time.Second), platform.DatagramAsk{To: port(serverIP, 90)}); err == nil {
			t.Error("got no error of a datagram that was dropped here")
		}
	})
	if got["Ip.OutDiscards"] != 1 {
		t.Errorf("a dropped datagram: got %v", got)
	}
}

func (l *lab) counters() (values map[string]uint64) {
	l.t.Helper()
	l.in(l.client, func() {
		got, err := counters{}.Read(l.t.Context(), platform.Reading{})
		if err != nil {
			l.t.Fatal(err)
		}
		values = got.Values
	})
	return values
}

func TestClock(t *testing.T) {
	got, err := clock{}.Now(t.Context(), platform.Reading{})
	if err != nil || time.Since(got.Wall).Abs() > time.Minute || got.Source == "" {
		t.Errorf("got %+v, %v", got, err)
	}
}
