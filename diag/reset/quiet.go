package reset

import (
	"strconv"
	"strings"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// quiet judges a connection that no reset ended: it may have died all the same.
func (c *conversation) quiet(s *state) []Event {
	for _, rule := range []func(*state) (Event, bool){c.unanswered, c.unfinished, c.notReading, c.tooLarge, c.dead, c.cutShort, c.lossy} {
		if e, ok := rule(s); ok {
			return []Event{e}
		}
	}
	return nil
}

// without is an event that no reset made; decisive is the packet that shows it.
func (c *conversation) without(code catalog.Code, party catalog.Party, sure catalog.Confidence, decisive int, sender Sender) Event {
	g, open := &c.t.Segments[decisive], []string(nil)
	if party == catalog.Internet {
		open = []string{OpenWhere}
	}
	return Event{
		Code: code, Party: party, Confidence: sure, Sender: sender, Sequence: NotDecided, Args: map[string]any{}, Stream: c.t.Stream.Number,
		Segment: -1, Frame: g.Frame, When: g.When, Before: c.lastOnes(decisive), Vantage: c.vantage, Guessed: c.guessed,
		Untested: open,
	}
}

func (c *conversation) between(i, j int) time.Duration {
	return time.Duration(c.t.Segments[j].When - c.t.Segments[i].When)
}

// listened is for how long after packet i the capture went on.
func (c *conversation) listened(i int) time.Duration {
	return time.Duration(c.t.End - c.t.Segments[i].When)
}

// noticeKind says what an ICMP error means, "" when it is none of those.
func noticeKind(n tcpflow.Notice) string {
	switch {
	case !n.V6 && n.Type == 3 && n.Code == 4, n.V6 && n.Type == 2:
		return "size"
	case !n.V6 && n.Type == 3 && (n.Code == 2 || n.Code == 3 || n.Code == 9 || n.Code == 10 || n.Code == 13),
		n.V6 && n.Type == 1 && (n.Code == 1 || n.Code == 4 || n.Code == 5):
		return "prohibited"
	case n.Type == 3 && !n.V6, n.V6 && n.Type == 1:
		return "unreachable"
	case !n.V6 && n.Type == 11, n.V6 && n.Type == 3:
		return "expired"
	}
	return ""
}

// unanswered: the request for a connection got no answer, or an error.
func (c *conversation) unanswered(s *state) (Event, bool) {
	client, server := &s.ends[tcpflow.Client], &s.ends[tcpflow.Server]
	if !client.syn || server.seen > 0 || client.acked || c.oneway {
		return Event{}, false
	}
	last := client.last
	for _, n := range c.t.Notices {
		kind := noticeKind(n)
		code := map[string]catalog.Code{"prohibited": "tcp.rejected", "unreachable": "path.rejected", "expired": "path.loop"}[kind]
		if code == "" {
			continue
		}
		party := catalog.Internet
		if n.By == c.t.Stream.Server.Addr() {
			party = catalog.Server
		}
		e := c.without(code, party, catalog.Likely, last, ByUnknown)
		e.Stage = StageSYN
		e.Features = append(e.Features, Feature{Name: FeatureICMP, Group: Context, Args: how(kind, "by", n.By.String(), "type", int(n.Type), "code", int(n.Code))})
		return e, true
	}
	if c.listened(client.last) < c.limits.unanswered && c.between(0, client.last) < c.limits.unanswered {
		return Event{}, false // the capture ended too soon
	}
	sure := catalog.Likely
	if c.open[c.t.Stream.Server] != nil || c.guessed && !initial(c.t.Segments[client.last].TTL) {
		sure = catalog.Possible // it answers others; or, where the request had come far, this may be the server's end
	}
	e := c.without("tcp.no-reply", catalog.Internet, sure, last, ByUnknown)
	if c.arrived(tcpflow.Server) {
		e = c.ignoredThere(last)
	}
	if client.seen == 1 && c.listened(last) >= c.limits.unanswered*11/10 {
		e.Confidence = min(e.Confidence, catalog.Possible) // not asked again: what answered it may not be captured
	}
	e.Stage = StageSYN
	return e, true
}

// ignoredThere: the request for a connection came to the server, whose system said
// nothing: its filter dropped it, or, where the port takes others, the queue of new
// connections was full (net/ipv4/tcp_input.c tcp_conn_request).
func (c *conversation) ignoredThere(last int) Event {
	e := c.without("tcp.filtered", catalog.Server, catalog.Likely, last, ByServer)
	if c.open[c.t.Stream.Server] != nil {
		e = c.without("reset.backlog-full", catalog.Service, catalog.Possible, last, ByServer)
		e.Args["shape"] = "unheard"
	}
	e.Untested = []string{OpenListener}
	return e
}

// unfinished: the server's answer to the request is repeated, and never
// acknowledged.
func (c *conversation) unfinished(s *state) (Event, bool) {
	client, server := &s.ends[tcpflow.Client], &s.ends[tcpflow.Server]
	answers, first := 0, -1
	for i := range c.t.Segments {
		if g := &c.t.Segments[i]; g.From == tcpflow.Server && g.Has(dissect.SYN|dissect.ACK) {
			if answers++; first < 0 {
				first = i
			}
		}
	}
	if answers < 2 || !client.syn || client.acked || client.data > 0 || c.listened(first) < 2*c.limits.unanswered {
		return Event{}, false
	}
	e := c.without("tcp.no-final-ack", catalog.Internet, catalog.Likely, server.last, ByUnknown)
	e.Stage = StageHandshake
	return e, true
}

// tooLarge: small segments of a side arrived, and a large one is repeated in vain.
func (c *conversation) tooLarge(s *state) (Event, bool) {
	for from := range s.ends {
		me, other := &s.ends[from], &s.ends[1-from]
		tries, first, smallest := c.vain(from, other)
		switch {
		case tries < c.limits.resent || smallest < c.limits.large || !other.acked || c.t.Loss && me.data == 0:
			continue
		case other.window == 0 || c.arrived(1-from) || !c.smallPassed(from, other.ack):
			continue
		}
		sure := catalog.Possible
		if c.heardAfter(1-from, first) {
			sure = catalog.Likely // the other side still talks
		}
		e := c.without("mtu.black-hole", catalog.Internet, sure, first, ByUnknown)
		e.Stage = StageData
		e.Args["n"] = smallest
		for _, n := range c.t.Notices {
			if noticeKind(n) == "size" {
				e.Features = append(e.Features, Feature{Name: FeatureICMP, Group: Context, Args: how("size", "by", n.By.String(), "mtu", n.MTU)})
			}
		}
		return e, true
	}
	return Event{}, false
}

// arrived reports whether what comes for a side was captured where it arrives.
func (c *conversation) arrived(side int) bool {
	return !c.guessed && c.vantage == map[int]Vantage{tcpflow.Client: AtClient, tcpflow.Server: AtServer}[side]
}

// vain counts the repetitions of data that was never acknowledged, the first of
// them and the length of the smallest.
func (c *conversation) vain(from int, other *end) (tries, first, smallest int) {
	first = -1
	for i := range c.t.Segments {
		g := &c.t.Segments[i]
		if g.From != from || g.Len == 0 || !other.acked || !before(other.ack, g.Seq+uint32(g.Len)) || before(g.Seq, other.ack) || g.Mark&(tcpflow.KeepAlive|tcpflow.ZeroWindowProbe) != 0 {
			continue
		}
		if first < 0 {
			first, smallest = i, g.Len
		}
		if g.Mark&tcpflow.Retransmission != 0 {
			tries++
			smallest = min(smallest, g.Len)
		}
	}
	return tries, first, smallest
}

// smallPassed reports whether something of a side, smaller than a full segment,
// was acknowledged.
func (c *conversation) smallPassed(from int, ack uint32) bool {
	for i := range c.t.Segments {
		g := &c.t.Segments[i]
		if g.From == from && !before(ack, upto(g)) && (g.Len > 0 && g.Len < c.limits.large || g.Has(dissect.SYN)) {
			return true
		}
	}
	return false
}

// heardAfter reports whether a side sent anything after a packet.
func (c *conversation) heardAfter(from, i int) bool {
	for j := i + 1; j < len(c.t.Segments); j++ {
		if g := &c.t.Segments[j]; g.From == from && c.between(i, j) > c.limits.goesOn {
			return true
		}
	}
	return false
}

// notReading: a side leaves no room for what the other wants to send.
func (c *conversation) notReading(s *state) (Event, bool) {
	for from := range s.ends {
		closed := -1
		for i := range c.t.Segments {
			g := &c.t.Segments[i]
			switch {
			case g.From != from || g.Has(dissect.SYN) || g.Has(dissect.FIN):
			case g.Window == 0 && closed < 0:
				closed = i
			case g.Window > 0:
				closed = -1
			}
		}
		other := &s.ends[1-from]
		if closed < 0 || c.listened(closed) < c.limits.stuck || other.last <= closed || c.between(closed, other.last) < c.limits.stuck/2 {
			continue
		}
		party := catalog.Service
		if from == tcpflow.Client {
			party = catalog.Computer
		}
		e := c.without("service.not-reading", party, catalog.Likely, closed, side(1-from))
		e.Stage = StageData
		return e, true
	}
	return Event{}, false
}

// dead: what a side sent is repeated, and nothing comes back.
func (c *conversation) dead(s *state) (Event, bool) {
	for from := range s.ends {
		me := &s.ends[from]
		if c.oneway || me.resent < c.limits.resent && me.probed < c.limits.probes || me.last < s.ends[1-from].last || me.syn && me.data == 0 && me.probed == 0 {
			continue
		}
		start := c.firstVain(from, s.ends[1-from].last)
		if start < 0 || c.between(start, me.last) < c.limits.unanswered {
			continue
		}
		idle := c.idle(start)
		if idle >= c.limits.idle.Seconds() {
			e := c.without("reset.idle-drop", catalog.Internet, catalog.Possible, start, side(from))
			e.Stage, e.Idle = StageIdle, idle
			e.Args["idle"] = time.Duration(idle * float64(time.Second))
			e.Features = append(e.Features, Feature{Name: FeatureIdle, Group: Context, Args: how("long", "seconds", idle)})
			e.Untested = append(e.Untested, OpenDevice)
			return e, true
		}
		if from == tcpflow.Client && c.queued(s) {
			e := c.without("reset.backlog-full", catalog.Service, catalog.Possible, start, ByServer)
			e.Stage, e.Untested = StageHandshake, []string{OpenListener}
			e.Args["shape"] = "silent"
			return e, true
		}
		e := c.without("path.silent", catalog.Internet, catalog.Possible, start, side(from))
		e.Stage = StageData
		return e, true
	}
	return Event{}, false
}

// firstVain is the first packet with data of a side after the other's last one.
func (c *conversation) firstVain(from, after int) int {
	for i := after + 1; i < len(c.t.Segments); i++ {
		if g := &c.t.Segments[i]; g.From == from && g.Len > 0 || g.From == from && g.Mark&tcpflow.KeepAlive != 0 {
			return i
		}
	}
	return -1
}

// cutShort: the server closed in good order before the end that it had announced.
func (c *conversation) cutShort(s *state) (Event, bool) {
	server := &s.ends[tcpflow.Server]
	if server.fin < 0 || c.t.Loss {
		return Event{}, false
	}
	fin := &c.t.Segments[server.fin]
	length, lost := c.short(server.fin, fin.Seq+uint32(fin.Len))
	if lost == 0 {
		return Event{}, false
	}
	e := c.without("reset.cut-short", catalog.Service, catalog.Likely, server.fin, ByServer)
	e.Stage = StageClosing
	e.Args["n"], e.Args["lost"] = length, lost
	e.Untested = []string{OpenLog}
	return e, true
}

// short is how long the server's last answer up to packet last was announced to be,
// and how much of it is missing where its stream ends at a number (RFC 9112 §6.3).
func (c *conversation) short(last int, end uint32) (length, lost int) {
	for i := last; i >= 0; i-- {
		g := &c.t.Segments[i]
		if g.From != tcpflow.Server || !strings.HasPrefix(string(g.Payload), "HTTP/1.") {
			continue
		}
		head, length, ok := announced(string(g.Payload))
		came := int(int32(end - g.Seq - uint32(head)))
		if !ok || came < 0 || came >= length || c.bodiless(i) {
			return 0, 0
		}
		return length, length - came
	}
	return 0, 0
}

// announced reads the length of the head and of the body that an answer declares.
func announced(s string) (head, body int, ok bool) {
	end := strings.Index(s, "\r\n\r\n")
	if end < 0 {
		return 0, 0, false
	}
	for _, line := range strings.Split(s[:end], "\r\n") {
		if name, value, found := strings.Cut(line, ":"); found && strings.EqualFold(name, "content-length") {
			n, err := strconv.Atoi(strings.TrimSpace(value))
			return end + 4, n, err == nil && n >= 0
		}
	}
	return 0, 0, false
}

// bodiless reports whether the answer in packet i has no body whatever it says.
func (c *conversation) bodiless(i int) bool {
	if status := string(c.t.Segments[i].Payload); len(status) > 12 && (status[9:12] == "304" || status[9:12] == "204" || status[9] == '1') {
		return true
	}
	for j := i - 1; j >= 0; j-- {
		if g := &c.t.Segments[j]; g.From == tcpflow.Client && g.Len > 0 {
			return strings.HasPrefix(string(g.Payload), "HEAD ") || strings.HasPrefix(string(g.Payload), "CONNECT ")
		}
	}
	return false
}

// lossy: much had to be sent again.
func (c *conversation) lossy(s *state) (Event, bool) {
	st := &c.t.Stream
	resent := int(st.Counts.Retransmission) - int(st.Counts.SpuriousRetransmission)
	data := 0
	for i := range c.t.Segments {
		g := &c.t.Segments[i]
		if g.Len > 0 {
			data++
		}
		if far := &s.ends[1-g.From]; g.Mark&tcpflow.Retransmission != 0 && (!far.acked || before(far.ack, upto(g))) {
			resent-- // in vain: that is silence, not loss
		}
	}
	resent -= c.mistaken()
	data = max(data, data+c.t.Omitted/2)
	if data == 0 || resent < c.limits.lossPackets || float64(resent) < c.limits.lossShare*float64(data) || !st.Client.IsValid() {
		return Event{}, false
	}
	for i := range c.t.Segments {
		if c.t.Segments[i].Mark&tcpflow.Retransmission != 0 {
			e := c.without("quality.loss", catalog.Internet, catalog.Possible, i, ByUnknown)
			e.Stage = StageData
			e.Args["n"] = resent
			return e, true
		}
	}
	return Event{}, false
}
