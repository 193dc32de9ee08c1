package check

import (
	"net/netip"
	"testing"
	"time"

	"faultline/platform"
)

var there = netip.MustParseAddrPort("192.0.2.7:443")

func dials(ends string) (out []platform.Dial) {
	for _, c := range ends {
		d := platform.Dial{Ended: platform.DialSilent, Sent: 1, Waited: time.Second}
		switch c {
		case '+':
			d = platform.Dial{Ended: platform.DialOpen, Sent: 1, Waited: 30 * time.Millisecond}
		case 'x':
			d = platform.Dial{Ended: platform.DialRefused, Sent: 1, Waited: 30 * time.Millisecond}
		case 'l':
			d = platform.Dial{Ended: platform.DialLocal}
		}
		out = append(out, d)
	}
	return out
}

func TestFlaky(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Repeated
		want bool
	}{
		{"one lost SYN", Repeated{Lost: 1, Answered: 2, Dials: dials("+++++"), Controls: 12, Replies: 12}, false},
		{"two lost before, none since", Repeated{Lost: 2, Answered: 2, Dials: dials("++++"), Controls: 12, Replies: 12}, false},
		{"every second", Repeated{Lost: 1, Answered: 1, Dials: dials("+-+-"), Controls: 12, Replies: 12}, true},
		{"every second, and packets are lost", Repeated{Lost: 1, Answered: 1, Dials: dials("+-+-"), Controls: 12, Replies: 9}, false},
		{"every second, and nothing else answers", Repeated{Lost: 1, Answered: 1, Dials: dials("+-+-"), Controls: 6}, true},
		{"never opened for the conversation", Repeated{Lost: 4, Answered: 1, Stuck: true, Controls: 12, Replies: 12}, true},
		{"never opened for the conversation, and nothing answers", Repeated{Lost: 4, Answered: 1, Stuck: true, Controls: 6}, false},
		{"opened once more, and nothing else answers", Repeated{Lost: 4, Answered: 2, Stuck: true, Controls: 6}, true},
		{"never opened for the conversation, and packets are lost", Repeated{Lost: 4, Answered: 1, Stuck: true, Controls: 12, Replies: 11}, false},
	} {
		if got := c.s.Flaky(); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestUnsteady(t *testing.T) {
	connect := func(waited time.Duration, problem *platform.Problem) Talked {
		return Talked{To: there, Talk: platform.Talk{Stages: []platform.Stage{{Name: platform.StageConnect, Waited: waited, Problem: problem}}}}
	}
	slow := platform.Dial{Ended: platform.DialOpen, Sent: 1, Waited: 500 * time.Millisecond}
	for _, c := range []struct {
		name                 string
		a                    Attempts
		talks                []Talked
		lost, answered, used int
		stuck                bool
	}{
		{"at once", Attempts{To: there, Dials: dials("+"), SYNs: 1}, []Talked{connect(30*time.Millisecond, nil)}, 0, 2, 2, false},
		{"the first lost, the second answered", Attempts{To: there, Dials: dials("+"), SYNs: 2}, []Talked{connect(30*time.Millisecond, nil)}, 1, 2, 3, false},
		{"far away, so that a second was sent", Attempts{To: there, Dials: []platform.Dial{slow}, SYNs: 2}, nil, 0, 1, 2, false},
		{"repeated for the conversation", Attempts{To: there, Dials: dials("+"), SYNs: 1}, []Talked{connect(1030*time.Millisecond, nil)}, 1, 2, 3, false},
		{"never opened again", Attempts{To: there, Dials: dials("+"), SYNs: 1}, []Talked{connect(1950*time.Millisecond, platform.ErrTimeout)}, 2, 1, 3, true},
		{"silent", Attempts{To: there, Dials: dials("--"), SYNs: 5}, nil, 0, 0, 5, false},
		{"refused", Attempts{To: there, Dials: dials("xx"), SYNs: 2}, nil, 0, 0, 2, false},
	} {
		s, used := unsteady(c.a, c.talks)
		if s.Lost != c.lost || s.Answered != c.answered || used != c.used || s.Stuck != c.stuck {
			t.Errorf("%s: got %+v of %d SYNs", c.name, s, used)
		}
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		name, ends string
		n          int
		limited    bool
	}{
		{"all through", "++++++++++++++++++++", 20, false},
		{"dropped after six", "++++++--------------", 6, true},
		{"refused after one", "+xxxxxxxxxxxxxxxxxxx", 1, true},
		{"a rate", "++++++---+----+---+-", 6, true},
		{"one lost", "+++++-++++++++++++++", 5, false},
		{"the last two lost", "++++++++++++++++++--", 18, false},
		{"every second", "+-+-+-+-+-+-+-+-+-+-", 1, false},
		{"none", "--------------------", 0, false},
		{"this machine had no port", "++++++llllllllllllll", 0, false},
	} {
		n, limited := Many{Dials: dials(c.ends)}.Limit()
		if limited != c.limited || limited && n != c.n {
			t.Errorf("%s: got %d, %v want %d, %v", c.name, n, limited, c.n, c.limited)
		}
	}
}

func TestRelayPort(t *testing.T) {
	for _, c := range []struct {
		name   string
		ports  []uint16
		onLink bool
		want   uint16
	}{
		{"a web page", []uint16{80}, false, 443},
		{"a page behind TLS", []uint16{443}, false, 80},
		{"a bare host, both of whose ports are counted", []uint16{443, 80}, false, 22},
		{"a name server", []uint16{53}, false, 443},
		{"an address held for a neighbor's", []uint16{8443}, true, 8443},
		{"no port", nil, false, 443},
	} {
		if got := relayPort(c.ports, c.onLink); got != c.want {
			t.Errorf("%s: got %d want %d", c.name, got, c.want)
		}
	}
}
