package scene

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"faultline/app"
	"faultline/app/sequence"
	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// Fact is one thing that is so of a packet.
type Fact struct{ Name, Value string }

// Packet tells what is known of the packet of a row; of a quiet time or a fold
// it says what that is.
func Packet(in Capture, e *app.Reset, r sequence.Row, w *text.Words) []Fact {
	s := e.Segment(r)
	switch {
	case r.Quiet > 0:
		return []Fact{{w.Say("packet.quiet", nil), span(r.Quiet, w)}}
	case s == nil:
		return []Fact{{w.Say("packet.folded", nil), w.Say("packet.folded.more", diag.Args{"n": r.Folded})}}
	}
	from, to := e.Stream.Client, e.Stream.Server
	if s.From == tcpflow.Server {
		from, to = to, from
	}
	fact := func(key, value string) Fact { return Fact{w.Say("packet."+key, nil), value} }
	all := []Fact{
		fact("frame", strconv.Itoa(s.Frame)),
		fact("time", time.Unix(0, s.When).In(in.Zone).Format("15:04:05.000000")),
		fact("from", in.Hide(from)), fact("to", in.Hide(to)),
		fact("flags", flagNames(s.Flags)),
		fact("seq", strconv.FormatUint(uint64(s.Seq), 10)), fact("ack", ackOf(s)),
		fact("length", strconv.Itoa(s.Len)), fact("window", strconv.Itoa(s.Window)), fact("ttl", strconv.Itoa(s.TTL)),
	}
	if !s.V6 {
		all = append(all, fact("id", idOf(s)))
	}
	all = append(all, fact("options", optionNames(&s.Options)))
	if r.Mark != "" {
		all = append(all, fact("mark", w.Among("mark", r.Mark)))
	}
	if s.Copies > 0 {
		all = append(all, fact("copies", copiesOf(s)))
	}
	return all
}

func idOf(s *tcpflow.Segment) string {
	if s.DF {
		return strconv.Itoa(s.ID) + ", DF"
	}
	return strconv.Itoa(s.ID)
}

func ackOf(s *tcpflow.Segment) string {
	if !s.Has(dissect.ACK) {
		return "-"
	}
	return strconv.FormatUint(uint64(s.Ack), 10)
}

func copiesOf(s *tcpflow.Segment) string {
	out := strconv.Itoa(s.Copies)
	if len(s.CopyTTLs) > 0 {
		out += ", TTL " + strings.Trim(fmt.Sprint(s.CopyTTLs), "[]")
	}
	return out
}

// flagNames are the flags of a TCP header (RFC 9293 §3.1).
func flagNames(flags uint16) string {
	var all []string
	for _, f := range []struct {
		bit  uint16
		name string
	}{
		{dissect.SYN, "SYN"}, {dissect.FIN, "FIN"}, {dissect.RST, "RST"}, {dissect.PSH, "PSH"}, {dissect.ACK, "ACK"}, {dissect.URG, "URG"},
	} {
		if flags&f.bit != 0 {
			all = append(all, f.name)
		}
	}
	return strings.Join(append(all, fmt.Sprintf("0x%03x", flags)), " ")
}

func optionNames(o *tcpflow.Options) string {
	var all []string
	if o.MSS > 0 {
		all = append(all, "MSS "+strconv.Itoa(int(o.MSS)))
	}
	if o.Scale >= 0 && o.Any {
		all = append(all, "WS "+strconv.Itoa(int(o.Scale)))
	}
	if o.SACKPermitted {
		all = append(all, "SACK permitted")
	}
	if len(o.SACK) > 0 {
		all = append(all, fmt.Sprintf("SACK ×%d", len(o.SACK)))
	}
	if o.Timestamps {
		all = append(all, fmt.Sprintf("TS %d %d", o.TSVal, o.TSEcr))
	}
	if o.Other > 0 {
		all = append(all, fmt.Sprintf("+%d", o.Other))
	}
	if len(all) == 0 {
		return "-"
	}
	return strings.Join(all, ", ")
}
