package check

import (
	"net/netip"
	"testing"
	"time"

	"faultline/platform"
)

func talkOf(received int64, unacked int, stages ...string) platform.Talk {
	t := platform.Talk{End: platform.EndLocal, Received: received, TCP: &platform.TCPInfo{Unacked: unacked}}
	for _, s := range stages {
		if s[0] == '-' {
			t.Stages = append(t.Stages, platform.Stage{Name: s[1:], Problem: platform.ErrTimeout})
			t.End = platform.EndTimeout
			continue
		}
		t.Stages = append(t.Stages, platform.Stage{Name: s})
	}
	return t
}

func TestHole(t *testing.T) {
	hung, went := talkOf(0, 2, "connect", "-tls"), talkOf(3000, 0, "connect", "tls", "request", "reply")
	part := talkOf(3000, 0, "connect", "-tls")
	lost := talkOf(0, 0, "-connect")
	for _, tt := range []struct {
		name  string
		fulls []platform.Talk
		small platform.Talk
		echo  bool
		hole  bool
		pass  platform.Tri
	}{
		{"small goes on", []platform.Talk{hung, hung}, went, false, true, platform.No},
		{"both hang", []platform.Talk{hung, hung}, hung, false, false, platform.Yes},
		{"full goes on", []platform.Talk{went}, platform.Talk{}, false, false, platform.Yes},
		{"one of two full ones goes on", []platform.Talk{hung, went}, went, false, false, platform.Yes},
		{"full ones were not connected", []platform.Talk{lost, lost}, went, false, false, platform.Unknown},
		{"full ones brought as much", []platform.Talk{part, part}, went, false, false, platform.Unknown},
		{"not compared, and echoes pass", nil, platform.Talk{}, true, false, platform.Yes},
		{"nothing known", nil, platform.Talk{}, false, false, platform.Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := Sizes{Fulls: tt.fulls, InSmall: tt.small, Large: tt.echo, By: "icmp"}
			if got := s.Hole(); got != tt.hole {
				t.Errorf("hole: got %v, want %v", got, tt.hole)
			}
			if got := s.passes(); got != tt.pass {
				t.Errorf("passes: got %v, want %v", got, tt.pass)
			}
		})
	}
}

func TestAnsweredDatagramSaysNothingOfTheWayBack(t *testing.T) {
	if got := (Sizes{Small: true, Large: true, By: "udp"}).passes(); got != platform.Unknown {
		t.Errorf("got %v, want unknown", got)
	}
}

func TestFullSize(t *testing.T) {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	for _, tt := range []struct {
		name string
		addr netip.Addr
		tcp  *platform.TCPInfo
		want int
	}{
		{"nothing known", v4, nil, 1500},
		{"Ethernet, IPv4", v4, &platform.TCPInfo{MSS: 1448, PathMTU: 1500}, 1500},
		{"Ethernet, IPv6", v6, &platform.TCPInfo{MSS: 1428, PathMTU: 1500}, 1500},
		{"segments limited on the way", v4, &platform.TCPInfo{MSS: 1288, PathMTU: 1500}, 1340},
		{"a narrow way that is known", v4, &platform.TCPInfo{MSS: 1448, PathMTU: 1400}, 1400},
	} {
		if got := fullSize(tt.addr, tt.tcp); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestLoses(t *testing.T) {
	rtts := func(n int) []time.Duration { return make([]time.Duration, n) }
	for _, tt := range []struct {
		name          string
		sent, came, n int
		want          bool
	}{
		{"a tenth, and segments too", 40, 36, 2, true},
		{"a tenth of echoes only", 40, 36, 0, false},
		{"two of forty", 40, 38, 3, false},
		{"three of forty", 40, 37, 1, true},
		{"three of a thousand", 1000, 997, 3, false},
		{"no echo came back", 40, 0, 3, false},
		{"none sent", 0, 0, 3, false},
	} {
		q := Echoed{Sent: tt.sent, RTTs: rtts(tt.came), Repeats: tt.n}
		if got := q.Loses(); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The bounds are those of the published interval for 10 of 100 (Wilson 1927).
func TestLossBounds(t *testing.T) {
	low, high := lossBounds(10, 100)
	if low < 0.0552 || low > 0.0553 || high < 0.1743 || high > 0.1744 {
		t.Errorf("got %.4f to %.4f, want 0.0552 to 0.1744", low, high)
	}
}

func TestSpread(t *testing.T) {
	var q Echoed
	for i := range 20 {
		q.RTTs = append(q.RTTs, time.Duration(100+i)*time.Millisecond)
	}
	if m, s := q.median(), q.spread(); m != 110*time.Millisecond || s != 16*time.Millisecond {
		t.Errorf("got %v and %v, want 110ms and 16ms", m, s)
	}
}
