package app

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/dissect"
	"faultline/diag/join"
	"faultline/diag/tcpflow"
)

// tell adds to the report of two captures what they tell together.
func (j *joined) tell(r *Report, w *text.Words) {
	c := &compareComposer{joined: j, words: w}
	r.Compare = c.compared()
	switch {
	case len(j.Pairs) == 0:
		c.nothing(r, "apart")
	case j.Same:
		c.nothing(r, "same")
	}
	lines := r.Compare.Summary
	r.Verdict.Contact = strings.Join(append([]string{r.Verdict.Contact}, lines...), "\n")
}

// compareComposer holds what the parts of a comparison are made from.
type compareComposer struct {
	*joined
	words *text.Words
}

// nothing is the verdict on captures that cannot be compared.
func (c *compareComposer) nothing(r *Report, why string) {
	r.Verdict.Code, r.Verdict.Layer, r.Verdict.Party, r.Verdict.Confidence = diag.Inconclusive, catalog.NoLayer, catalog.NoParty, ""
	r.Verdict.Who, r.Verdict.Rejected = "", []Rejected{}
	r.Verdict.Summary = c.words.Say("compare."+why, nil)
	r.Verdict.Next = []Step{{Text: c.words.Say("compare."+why+".next", nil), Who: "you"}}
	for i := range r.Chain {
		r.Chain[i].State = Unknown
	}
}

func (c *compareComposer) compared() *Compared {
	out := &Compared{
		Client: c.ends[0].File, Server: c.ends[1].File, Swapped: c.Swapped, Same: c.Same, Complete: c.Whole, Summary: []string{},
		OnlyClient: c.Alone[0], OnlyServer: c.Alone[1], Connections: []Connection{},
		Clock: ClockOffset{
			c.Clock.Known, c.Clock.Offset.Seconds(), c.Clock.Within.Seconds(), c.Clock.Drift * 1e6, c.Clock.Error * 1e6,
		},
	}
	for i := range c.Pairs {
		out.Connections = append(out.Connections, c.connection(&c.Pairs[i]))
	}
	out.Summary = c.summary(out)
	return out
}

func (c *compareComposer) connection(p *join.Pair) Connection {
	out := Connection{
		Client: endsOf(c.ends[0].Transcript(p.Client)), Server: endsOf(c.ends[1].Transcript(p.Server)),
		ClientNumber: p.Client, ServerNumber: p.Server, Translated: p.Translated, Renumbered: p.Shift != [2]uint32{},
		Proxied: p.Proxied, Partial: p.Partial, Altered: []Altered{}, Missed: MissedPackets{p.Missed[0], p.Missed[1]},
		ToServer: c.direction(p, tcpflow.Client), ToClient: c.direction(p, tcpflow.Server),
	}
	for _, a := range p.Altered {
		out.Altered = append(out.Altered, Altered{
			Direction: [2]string{"to-server", "to-client"}[a.From], What: a.What, Title: c.words.Among("altered", a.What),
			Count: a.Count, Frame: a.Frame, Was: a.Was, Is: a.Is,
		})
	}
	return out
}

func endsOf(t *tcpflow.Transcript) Ends {
	return Ends{t.Stream.Client.String(), t.Stream.Server.String()}
}

func (c *compareComposer) direction(p *join.Pair, from int) Direction {
	numbers := [2]int{p.Client, p.Server}
	out := Direction{
		Packets: p.Sent[from], Arrived: p.Arrived[from], Lost: len(p.Lost[from]), Injected: len(p.Made[from]), Undecided: p.Open[from],
		LostOnes: c.packets(p.Lost[from], from, numbers[from]), Made: c.packets(p.Made[from], 1-from, numbers[1-from]),
	}
	if p.Hops[from] >= 0 {
		out.Hops = &p.Hops[from]
	}
	if d := p.Delay[from]; d.Count > 0 {
		out.Delay = &DelayOf{d.Least.Seconds(), d.Median.Seconds(), d.Most.Seconds()}
	}
	return out
}

// mostPackets is how many packets of one kind and direction are listed.
const mostPackets = 100

// packets points at packets of one of the captures.
func (c *compareComposer) packets(all []join.Packet, capture, stream int) []PacketOf {
	out := []PacketOf{}
	a := c.ends[capture]
	t := a.Transcript(stream)
	for _, p := range all[:min(len(all), mostPackets)] {
		g := &t.Segments[p.Index]
		out = append(out, PacketOf{
			File: a.File, Frame: p.Frame, At: time.Unix(0, p.When).UTC(), Bytes: p.Bytes, Reset: p.Reset, What: flagNames(g.Flags),
			Filter: conversation(t.Stream.Client, t.Stream.Server) + " && frame.number == " + strconv.Itoa(p.Frame),
		})
	}
	return out
}

// flagNames are the flags of a segment in the notation of the field.
func flagNames(flags uint16) string {
	var names []string
	for _, f := range []struct {
		flag uint16
		name string
	}{{dissect.SYN, "SYN"}, {dissect.FIN, "FIN"}, {dissect.RST, "RST"}, {dissect.PSH, "PSH"}, {dissect.ACK, "ACK"}, {dissect.URG, "URG"}} {
		if flags&f.flag != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ", ")
}

// summary tells the whole in a few sentences: what was compared, the clocks, and
// what happened in between.
func (c *compareComposer) summary(out *Compared) []string {
	if len(c.Pairs) == 0 || c.Same {
		return []string{}
	}
	how := map[bool]string{true: "compare.common", false: "compare.common.part"}[c.Whole]
	all := []string{c.words.Say(how, diag.Args{"n": len(c.Pairs), "left": c.Alone[0], "right": c.Alone[1], "one": out.Client, "other": out.Server})}
	if c.Swapped {
		all = append(all, c.words.Say("compare.swapped", diag.Args{"one": out.Client, "other": out.Server}))
	}
	all = append(all, c.clock()...)
	for _, d := range []struct {
		key string
		of  func(*Connection) *Direction
	}{
		{"compare.to-server", func(x *Connection) *Direction { return &x.ToServer }},
		{"compare.to-client", func(x *Connection) *Direction { return &x.ToClient }},
	} {
		sum := Direction{}
		for i := range out.Connections {
			x := d.of(&out.Connections[i])
			sum.Packets, sum.Arrived, sum.Lost = sum.Packets+x.Packets, sum.Arrived+x.Arrived, sum.Lost+x.Lost
			sum.Injected, sum.Undecided = sum.Injected+x.Injected, sum.Undecided+x.Undecided
		}
		all = append(all, c.words.Say(d.key, diag.Args{
			"n": sum.Packets, "arrived": sum.Arrived, "lost": sum.Lost, "injected": sum.Injected, "open": sum.Undecided,
		}))
	}
	return all
}

// clock tells how far the clocks are apart.
func (c *compareComposer) clock() []string {
	k := c.Clock
	how := "unknown"
	switch {
	case !k.Known:
	case k.Offset > k.Within:
		how = "ahead"
	case -k.Offset > k.Within:
		how = "behind"
	default:
		how = "same"
	}
	args := diag.Args{"by": fine(max(k.Offset, -k.Offset)), "within": fine(k.Within)}
	said := []string{c.words.Say("compare.clock."+how, args)}
	if k.Known && k.Drift != 0 {
		drift := map[bool]string{true: "compare.clock.gains", false: "compare.clock.loses"}[k.Drift > 0]
		said = append(said, c.words.Say(drift, diag.Args{
			"by": fmt.Sprintf("%.1f", math.Abs(k.Drift)*1e6), "within": fmt.Sprintf("%.1f", k.Error*1e6),
		}))
	}
	return said
}

// fine is a time with the digits that clocks are compared by.
func fine(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d)/1e6, 'f', 3, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) + " s"
}
