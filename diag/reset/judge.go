package reset

import (
	"cmp"
	"net/netip"
	"slices"

	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// Judge says of each connection who reset it and why, or why it died without a
// reset. What several connections say together, a silence that repeats or a name
// that is always cut, is judged last. Events are in order of time.
func Judge(in Input) []Event { return judgeWith(in, usual, nil) }

// judgeWith judges with other limits, and without the features of some names.
func judgeWith(in Input, l limits, masked map[string]bool) []Event {
	hosts, open, oneway := hostTTLs(in.Transcripts), services(in.Transcripts), oneWay(in.Transcripts)
	var all []Event
	for i := range in.Transcripts {
		c := &conversation{t: &in.Transcripts[i], limits: l, masked: masked, hosts: hosts, open: open, oneway: oneway, dropped: in.Dropped}
		c.vantage, c.guessed = vantageOf(in, c.t)
		c.local = in.Local != nil && in.Local(c.t.Stream.Client.Addr().String()) && in.Local(c.t.Stream.Server.Addr().String())
		all = append(all, c.judge()...)
	}
	together(all, in.Transcripts, l, masked)
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.When, b.When), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Frame, b.Frame))
	})
	return all
}

// conversation is one connection that is being judged.
type conversation struct {
	t       *tcpflow.Transcript
	limits  limits
	masked  map[string]bool
	hosts   map[string]*ttls
	vantage Vantage
	guessed bool
	open    map[netip.AddrPort]*service // those that took connections
	local   bool                        // both ends are this machine
	oneway  bool                        // the capture holds one direction only
	dropped bool                        // the capture says that it missed packets
}

// judge walks through the packets. The first reset that the receiver takes ends
// the connection; what comes after it belongs to it.
func (c *conversation) judge() []Event {
	var out []Event
	s, cause := begin(), -1
	for i := range c.t.Segments {
		g := &c.t.Segments[i]
		if g.Has(dissect.RST) {
			switch {
			case cause >= 0 && c.belongs(&out[cause], i):
			case c.repeats(out, i):
			default:
				e := c.event(i, &s)
				out = append(out, e)
				if e.Code != "reset.ignored" {
					cause = len(out) - 1
				}
			}
		}
		s.see(c.t.Segments, i)
	}
	if cause < 0 {
		out = append(out, c.quiet(&s)...)
	}
	return out
}

// belongs adds a later reset to the event that ended the connection: a copy of it,
// or the answer of a stack to what was under way. A SYN with another number begins
// anew.
func (c *conversation) belongs(e *Event, i int) bool {
	first, g := &c.t.Segments[e.Segment], &c.t.Segments[i]
	for j := e.Segment + 1; j < i; j++ {
		if p := &c.t.Segments[j]; p.Has(dissect.SYN) && !p.Has(dissect.ACK) && e.Code != "reset.no-listener" && e.Code != "reset.refused-on-path" && !c.repeated(p, e.Segment) {
			return false
		}
	}
	if g.From == first.From && g.Seq == first.Seq || e.Stage == StageSYN {
		e.Copies++
	} else {
		e.Echoes++
	}
	return true
}

// repeated reports whether a SYN is the one of before a packet, sent again.
func (c *conversation) repeated(syn *tcpflow.Segment, i int) bool {
	for i--; i >= 0; i-- {
		if p := &c.t.Segments[i]; p.From == syn.From && p.Has(dissect.SYN) {
			return p.Seq == syn.Seq
		}
	}
	return false
}

// repeats adds an ineffective reset to the one before of the same kind.
func (c *conversation) repeats(out []Event, i int) bool {
	if len(out) == 0 {
		return false
	}
	e, g := &out[len(out)-1], &c.t.Segments[i]
	first := &c.t.Segments[e.Segment]
	if e.Code != "reset.ignored" || first.From != g.From || g.When-e.When > int64(c.limits.copies) || g.Flags != first.Flags {
		return false
	}
	if g.Seq != first.Seq || g.Sum != first.Sum {
		return false
	}
	e.Copies++
	return true
}

// event judges one reset.
func (c *conversation) event(i int, s *state) Event {
	g := &c.t.Segments[i]
	e := Event{
		Stream: c.t.Stream.Number, Segment: i, Frame: g.Frame, When: g.When, Vantage: c.vantage, Guessed: c.guessed,
		Copies: g.Copies, Args: map[string]any{}, Sequence: acceptable(g, s), Sender: side(g.From),
	}
	e.Stage, e.Idle = c.stage(i, s), c.idle(i)
	if e.Stage == StageData && e.Idle >= c.limits.idle.Seconds() {
		e.Stage = StageIdle
	}
	e.Before = c.lastOnes(i)
	r := &ruling{conversation: c, e: &e, g: g, i: i, s: s, form: formOf(c.t.Segments, i, s)}
	r.weigh()
	r.decide()
	return e
}

func side(from int) Sender {
	if from == tcpflow.Client {
		return ByClient
	}
	return ByServer
}

// stage is how far the connection had come.
func (c *conversation) stage(i int, s *state) Stage {
	client, server := &s.ends[tcpflow.Client], &s.ends[tcpflow.Server]
	switch {
	case client.fin >= 0 || server.fin >= 0:
		return StageClosing
	case client.syn && server.seen == 0 && !client.acked: // its SYN may hold data (RFC 7413)
		return StageSYN
	case client.data == 0 && server.data == 0 && (client.syn || server.syn):
		return StageHandshake
	case (client.syn || server.syn) && (client.data == 0 || server.data == 0):
		return StageFirstData
	}
	return StageData
}

// idle is the silence before a reset, or before the packet that it answers, in
// seconds.
func (c *conversation) idle(i int) float64 {
	all := c.t.Segments
	longest := int64(0)
	for j := i; j > 0 && all[i].When-all[j].When < int64(2e9); j-- {
		longest = max(longest, all[j].When-all[j-1].When)
	}
	return float64(longest) / 1e9
}

// lastOnes are the indexes of the last packets before.
func (c *conversation) lastOnes(i int) (out []int) {
	for j := max(i-3, 0); j < i; j++ {
		out = append(out, j)
	}
	return out
}

// Gravest is the event that stands for a whole capture: a fault before a harmless
// reset, the surer before the less sure, then the earlier.
func Gravest(all []Event) (Event, bool) {
	if len(all) == 0 {
		return Event{Code: "reset.none", Party: catalog.NoParty, Segment: -1}, false
	}
	rank := func(e Event) int {
		switch {
		case e.Trouble() && e.Code != "reset.unknown" && e.Code != "quality.loss":
			return 0
		case e.Code == "reset.unknown":
			return 1
		case e.Trouble():
			return 2
		}
		return 3
	}
	return slices.MinFunc(all, func(a, b Event) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.When, b.When))
	}), true
}
