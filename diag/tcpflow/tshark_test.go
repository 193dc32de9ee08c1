package tcpflow_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"faultline/diag/tcpflow"
)

// fact is what tshark says of one stream: the sides in order of appearance.
type fact struct {
	ends       [2]string // of the first packet: source, destination
	packets    [2]int
	payload    [2]int
	syn        [2]int
	synack     [2]int
	ack        [2]int // pure or with data, neither SYN nor RST
	fin, rst   [2]int
	complete   int // tcp.completeness
	counts     map[string]int
	firstFrame int
	opener     int // the side that sent the first SYN
}

var tsharkFields = []string{
	"frame.number", "tcp.stream", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport",
	"tcp.len", "tcp.flags", "tcp.completeness", "icmp.type", "icmpv6.type",
}

// tsharkCounts are the display fields of the counts, in the order of names.
var tsharkCounts = []string{
	"tcp.analysis.retransmission", "tcp.analysis.fast_retransmission", "tcp.analysis.spurious_retransmission",
	"tcp.analysis.out_of_order", "tcp.analysis.duplicate_ack", "tcp.analysis.zero_window",
	"tcp.analysis.window_full", "tcp.analysis.keep_alive", "tcp.analysis.lost_segment",
	"tcp.analysis.ack_lost_segment", "tcp.analysis.reused_ports",
}

// ask runs tshark over a file, in two passes so that the last value of a
// stream is the whole one. It returns false where tshark cannot read it.
func ask(t testing.TB, file string) (facts []*fact, ok bool) {
	t.Helper()
	args := []string{"-2", "-n", "-r", file, "-Y", "tcp", "-T", "fields", "-E", "separator=/t", "-E", "occurrence=l"}
	for _, f := range append(tsharkFields, tsharkCounts...) {
		args = append(args, "-e", f)
	}
	cmd := exec.Command("tshark", args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && out.Len() == 0 {
		t.Logf("tshark %s: %v: %s", file, err, errs.String())
		return nil, false
	}
	for _, line := range strings.Split(strings.TrimRight(out.String(), "\n"), "\n") {
		facts = addLine(facts, strings.Split(line, "\t"))
	}
	return facts, true
}

func addLine(facts []*fact, v []string) []*fact {
	if len(v) < len(tsharkFields) || v[1] == "" || v[11]+v[12] != "" && errorType(v[11], v[12]) {
		return facts
	}
	stream, frame := num(v[1]), num(v[0])
	for len(facts) <= stream {
		facts = append(facts, nil)
	}
	src, dst := address(v[2], v[3])+":"+v[6], address(v[4], v[5])+":"+v[7]
	f := facts[stream]
	if f == nil {
		f = &fact{ends: [2]string{src, dst}, counts: map[string]int{}, firstFrame: frame}
		facts[stream] = f
	}
	side := 0
	if src != f.ends[0] {
		side = 1
	}
	f.add(side, v)
	return facts
}

func (f *fact) add(side int, v []string) {
	flags := num(v[9])
	if flags&0x12 == 0x02 && f.syn[0]+f.syn[1] == 0 {
		f.opener = side
	}
	f.packets[side]++
	f.payload[side] += num(v[8])
	one := func(n *[2]int, on bool) {
		if on {
			n[side]++
		}
	}
	one(&f.syn, flags&0x12 == 0x02)
	one(&f.synack, flags&0x12 == 0x12)
	one(&f.ack, flags&0x16 == 0x10)
	one(&f.fin, flags&1 != 0)
	one(&f.rst, flags&4 != 0)
	f.complete = num(v[10])
	for i, name := range tsharkCounts {
		if at := len(tsharkFields) + i; at < len(v) && v[at] != "" {
			f.counts[strings.TrimPrefix(name, "tcp.analysis.")]++
		}
	}
}

// errorType says whether an ICMP message quotes a packet.
func errorType(v4, v6 string) bool {
	if v4 != "" {
		n := num(v4)
		return n == 3 || n == 4 || n == 5 || n == 11 || n == 12
	}
	return num(v6) < 128
}

func address(v4, v6 string) string {
	if v4 != "" {
		return v4
	}
	return "[" + v6 + "]"
}

func num(s string) int {
	n, _ := strconv.ParseInt(s, 0, 64)
	return int(n)
}

// handshake is the class by tshark's facts.
func (f *fact) handshake() string {
	c, s := f.opener, 1-f.opener
	switch {
	case f.syn[c] == 0:
		return "not-captured"
	case f.synack[s] > 0 && (f.complete&4 != 0 || f.ack[c] > 0):
		return "complete"
	case f.synack[s] > 0:
		return "no-final-ack"
	case f.rst[s] > 0:
		return "refused"
	case f.packets[s] > 0:
		return "other-answer"
	case f.rst[c] > 0:
		return "syn-then-client-reset"
	case f.ack[c]+f.fin[c] > 0:
		return "one-sided"
	}
	return "syn-unanswered"
}

// values are what is compared of a stream, by name. Sides are named by their
// endpoints, so that a guessed client does not matter.
func (f *fact) values() map[string]string {
	v := map[string]string{"handshake": f.handshake()}
	for i, end := range f.ends {
		v["packets"] += fmt.Sprintf("%s=%d ", end, f.packets[i])
		v["payload"] += fmt.Sprintf("%s=%d ", end, f.payload[i])
		v["fin"] += fmt.Sprintf("%s=%d ", end, f.fin[i])
		v["rst"] += fmt.Sprintf("%s=%d ", end, f.rst[i])
	}
	for _, name := range tsharkCounts {
		name = strings.TrimPrefix(name, "tcp.analysis.")
		v[name] = strconv.Itoa(f.counts[name])
	}
	return v
}

// ours returns the same values of a stream of the engine, its sides in the
// order of ends.
func ours(s *tcpflow.Stream, ends [2]string) map[string]string {
	v := map[string]string{"handshake": string(s.Handshake)}
	names := [2]string{s.Client.String(), s.Server.String()}
	order := [2]int{0, 1}
	if names[0] != ends[0] {
		order = [2]int{1, 0}
	}
	for _, i := range order {
		v["packets"] += fmt.Sprintf("%s=%d ", names[i], s.AsCaptured.From[i].Packets)
		v["payload"] += fmt.Sprintf("%s=%d ", names[i], s.AsCaptured.From[i].Payload)
		v["fin"] += fmt.Sprintf("%s=%d ", names[i], s.AsCaptured.From[i].FIN)
		v["rst"] += fmt.Sprintf("%s=%d ", names[i], s.AsCaptured.From[i].RST)
	}
	c := s.AsCaptured.Counts
	for name, n := range map[string]int{
		"retransmission": c.Retransmission, "fast_retransmission": c.FastRetransmission,
		"spurious_retransmission": c.SpuriousRetransmission, "out_of_order": c.OutOfOrder,
		"duplicate_ack": c.DuplicateAck, "zero_window": c.ZeroWindow, "window_full": c.WindowFull,
		"keep_alive": c.KeepAlive, "lost_segment": c.LostSegment, "ack_lost_segment": c.AckLostSegment,
		"reused_ports": c.ReusedPorts,
	} {
		v[name] = strconv.Itoa(n)
	}
	return v
}
