package tcpflow_test

import (
	"reflect"
	"slices"
	"testing"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// feed runs an engine over a capture in batches of a size.
func feed(c *capture, size int, s tcpflow.Settings) *tcpflow.Report {
	e := tcpflow.New(s)
	for _, b := range batches(c, size) {
		e.Feed(b)
	}
	return e.Finish()
}

// all is everything that a report tells, to be compared.
func all(r *tcpflow.Report) []any {
	return []any{r.Packets, r.TCP, r.Bytes, r.Left, r.Skipped, r.Copies, r.Links, r.Streams, r.Counts, r.AsCaptured,
		r.Evicted, r.First, r.Last, slices.Collect(r.All()), slices.Collect(r.Troubled())}
}

func TestBatchesAndSeedsDoNotMatter(t *testing.T) {
	for _, flows := range []int{0, 20} {
		c := chaos(3, 4000, 0, true)
		want := all(feed(c, len(c.Recs), tcpflow.Settings{Seed: 1, Flows: flows}))
		for _, size := range []int{1, 7, 256} {
			for _, seed := range []uint64{0, 99} {
				if got := all(feed(c, size, tcpflow.Settings{Seed: seed, Flows: flows})); !reflect.DeepEqual(got, want) {
					t.Errorf("batches of %d, seed %d, %d flows: the report differs", size, seed, flows)
				}
			}
		}
	}
}

func TestTotals(t *testing.T) {
	c := &capture{now: 5e9}
	c.add(seg{src: 1, dst: 2, sport: 40000, dport: 80, flags: 2, payload: 7}, 0)
	c.Add(6e9, raw, 0, 40, []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 0, 1, 0, 2, 0, 8, 0, 0})
	c.Add(4e9, 1, 0, 60, make([]byte, 3))
	r := feed(c, 256, tcpflow.Settings{Seed: 1})
	if r.Packets != 3 || r.TCP != 1 || r.Bytes != 47+40+60 || r.Streams != 1 || r.First != 4e9 || r.Last != 6e9 {
		t.Errorf("got %+v", r)
	}
	if want := map[string]int{"udp": 1, "cut": 1}; !reflect.DeepEqual(r.Skipped, want) {
		t.Errorf("skipped: got %v want %v", r.Skipped, want)
	}
	if want := []uint16{raw, 1}; !slices.Equal(r.Links, want) {
		t.Errorf("links: got %v want %v", r.Links, want)
	}
}

func TestSettingsLeaveOut(t *testing.T) {
	c := &capture{}
	for i := range 10 {
		c.now = int64(i) * 1e9
		c.add(seg{src: 1, dst: 2, sport: 40000, dport: uint16(i), flags: 2}, 0)
	}
	odd := func(s *dissect.Segment, _ []byte, _ uint16) bool { return s.DstPort%2 == 1 }
	r := feed(c, 3, tcpflow.Settings{Seed: 1, Filter: odd, Since: 4e9})
	if r.Packets != 10 || r.Left != 7 || r.Streams != 3 {
		t.Errorf("got %d packets, %d left out, %d streams want 10, 7, 3", r.Packets, r.Left, r.Streams)
	}
}

func TestPacketsBefore1970AreNotLeftOutUnasked(t *testing.T) {
	c := &capture{now: -1e18}
	c.add(seg{src: 1, dst: 2, sport: 40000, dport: 80, flags: 2}, 0)
	if r := feed(c, 3, tcpflow.Settings{Seed: 1}); r.Left != 0 || r.TCP != 1 {
		t.Errorf("got %d left out, %d of TCP, want 0 and 1", r.Left, r.TCP)
	}
	if r := feed(c, 3, tcpflow.Settings{Seed: 1, Since: -1}); r.Left != 1 {
		t.Errorf("what is earlier than a time before 1970: got %d left out, want 1", r.Left)
	}
}

// told is a conversation in short: who sends which flags and how many bytes.
type told struct {
	from    int
	flags   uint16
	payload int
}

const (
	syn = dissect.SYN
	ack = dissect.ACK
	rst = dissect.RST
	fin = dissect.FIN
)

// conversation counts right for both ends, one millisecond a packet.
func conversation(lines ...told) *capture {
	c := &capture{now: 1e18}
	c.tell(40000, 80, lines...)
	return c
}

func (c *capture) tell(client, server uint16, lines ...told) {
	next := [2]uint32{1000, 9000}
	for i, l := range lines {
		s := seg{src: 1, dst: 2, sport: client, dport: server, ttl: 64, id: uint16(100 + i), window: 500,
			seq: next[l.from], flags: l.flags, payload: l.payload}
		if l.flags&ack != 0 {
			s.ack = next[1-l.from]
		}
		if l.from == 1 {
			s.src, s.dst, s.sport, s.dport, s.ttl = 2, 1, server, client, 57
		}
		c.add(s, 0)
		c.now += 1e6
		next[l.from] += uint32(l.payload)
		if l.flags&(syn|fin) != 0 {
			next[l.from]++
		}
	}
}

func only(t *testing.T, r *tcpflow.Report) tcpflow.Stream {
	t.Helper()
	streams := slices.Collect(r.All())
	if len(streams) != 1 {
		t.Fatalf("got %d streams want 1", len(streams))
	}
	return streams[0]
}

func TestHandshakes(t *testing.T) {
	for _, c := range []struct {
		want  tcpflow.Handshake
		lines []told
	}{
		{tcpflow.Complete, []told{{0, syn, 0}, {1, syn | ack, 0}, {0, ack, 0}}},
		{tcpflow.Complete, []told{{0, syn, 0}, {1, syn | ack, 0}, {0, ack, 10}}},
		{tcpflow.NoFinalAck, []told{{0, syn, 0}, {1, syn | ack, 0}}},
		{tcpflow.NoFinalAck, []told{{0, syn, 0}, {1, syn | ack, 0}, {0, rst, 0}}},
		{tcpflow.SynUnanswered, []told{{0, syn, 0}}},
		{tcpflow.Refused, []told{{0, syn, 0}, {1, rst | ack, 0}}},
		{tcpflow.SynThenClientReset, []told{{0, syn, 0}, {0, rst, 0}}},
		{tcpflow.OneSided, []told{{0, syn, 0}, {0, ack, 0}, {0, ack, 10}}},
		{tcpflow.OtherAnswer, []told{{0, syn, 0}, {1, ack, 0}}},
		{tcpflow.NotCaptured, []told{{0, ack, 5}, {1, ack, 0}}},
		{tcpflow.NotCaptured, []told{{1, syn | ack, 0}, {0, ack, 0}}},
	} {
		s := only(t, feed(conversation(c.lines...), 7, tcpflow.Settings{Seed: 1}))
		if s.Handshake != c.want {
			t.Errorf("%v: got %q want %q", c.lines, s.Handshake, c.want)
		}
	}
}

func TestClient(t *testing.T) {
	for _, c := range []struct {
		name           string
		client, server uint16
		lines          []told
		want           uint16
		known          bool
	}{
		{"a SYN says it", 80, 40000, []told{{0, syn, 0}}, 80, true},
		{"a SYN-ACK tells it", 80, 40000, []told{{1, syn | ack, 0}}, 80, false},
		{"the lower port serves", 80, 40000, []told{{0, ack, 5}}, 40000, false},
		{"the lower port serves, answered", 40000, 80, []told{{1, ack, 5}}, 40000, false},
	} {
		for _, s := range slices.Collect(feedTold(c.client, c.server, c.lines).All())[:1] {
			if s.Client.Port() != c.want || s.ClientKnown != c.known {
				t.Errorf("%s: got %v, known %t want port %d, %t", c.name, s.Client, s.ClientKnown, c.want, c.known)
			}
		}
	}
}

func feedTold(client, server uint16, lines []told) *tcpflow.Report {
	c := &capture{now: 1e18}
	c.tell(client, server, lines...)
	return feed(c, 256, tcpflow.Settings{Seed: 1})
}

func TestSides(t *testing.T) {
	s := only(t, feed(conversation(
		told{0, syn, 0}, told{1, syn | ack, 0}, told{0, ack, 0}, told{0, ack, 100}, told{1, ack, 300},
		told{0, ack | fin, 0}, told{1, ack | rst, 0}), 256, tcpflow.Settings{Seed: 1}))
	want := [2]tcpflow.Side{{Packets: 4, Payload: 100, FIN: 1}, {Packets: 3, Payload: 300, RST: 1}}
	if s.From != want || s.First != 1e18 || s.Last != 1e18+6e6 || s.FirstFrame != 1 || s.LastFrame != 7 {
		t.Errorf("got %+v", s)
	}
	if !s.Trouble() {
		t.Error("a reset is no trouble")
	}
}

func TestPortReuseIsAnotherStream(t *testing.T) {
	c := conversation(told{0, syn, 0}, told{1, syn | ack, 0}, told{0, ack, 0}, told{0, ack | rst, 0})
	again := seg{src: 1, dst: 2, sport: 40000, dport: 80, seq: 777777, flags: syn, id: 900}
	c.add(again, 0)
	c.now += 1e9
	again.id++
	c.add(again, 0)
	streams := slices.Collect(feed(c, 256, tcpflow.Settings{Seed: 1}).All())
	if len(streams) != 2 {
		t.Fatalf("got %d streams want 2", len(streams))
	}
	want := tcpflow.Counts{Retransmission: 1, ReusedPorts: 1}
	if s := streams[1]; s.Number != 1 || s.Counts != want || s.Handshake != tcpflow.SynUnanswered {
		t.Errorf("got %+v", s)
	}
}
