package join

import (
	"net/netip"
	"slices"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// captures are the two as a whole: when they hold anything, and when they lack
// what passed them. Times are by the client's clock, in order.
type captures struct {
	alive  [2][]int64
	lacked [2][]int64

	dropped [2]bool // it says that it missed packets
}

func newCaptures(first, second []tcpflow.Transcript, clock *Clock) *captures {
	return &captures{alive: [2][]int64{times(first, nil), times(second, clock)}}
}

func times(all []tcpflow.Transcript, clock *Clock) (out []int64) {
	for i := range all {
		out = append(out, moments(&all[i], clock)...)
	}
	slices.Sort(out)
	return out
}

func moments(t *tcpflow.Transcript, clock *Clock) (out []int64) {
	for i := range t.Segments {
		out = append(out, clock.back(t.Segments[i].When))
	}
	return out
}

// between are who talks to which service.
type between struct {
	client netip.Addr
	server netip.AddrPort
}

func betweenOf(t *tcpflow.Transcript) between {
	return between{t.Stream.Client.Addr(), t.Stream.Server}
}

// strayed notes connections that one capture alone holds, of the same ends as one
// that both hold: the other should have them too, where the far end answered.
func (k *captures) strayed(first, second []tcpflow.Transcript, pairs []couple, clock *Clock) {
	known := [2]map[between]bool{{}, {}}
	paired := [2]map[int]bool{{}, {}}
	for _, p := range pairs {
		a, b := &first[p.client], &second[p.server]
		known[AtClient][betweenOf(a)] = true
		if !translated(a, b) { // others may have the same address outside
			known[AtServer][betweenOf(b)] = true
		}
		paired[AtClient][p.client], paired[AtServer][p.server] = true, true
	}
	for capture, all := range [2][]tcpflow.Transcript{first, second} {
		for i := range all {
			if t := &all[i]; !paired[capture][i] && known[capture][betweenOf(t)] && talked(t, 1-capture) {
				k.lacked[1-capture] = append(k.lacked[1-capture], moments(t, [2]*Clock{nil, clock}[capture])...)
			}
		}
	}
}

// talked says that a side sent more than resets.
func talked(t *tcpflow.Transcript, side int) bool {
	return slices.ContainsFunc(t.Segments, func(g tcpflow.Segment) bool { return g.From == side && !g.Has(dissect.RST) })
}

// lacks notes that a capture lacks a packet that passed it at a moment.
func (k *captures) lacks(capture int, when int64) {
	k.lacked[capture] = append(k.lacked[capture], when)
}

func (k *captures) settle() {
	for capture := range k.lacked {
		slices.Sort(k.lacked[capture])
	}
}

// gap says that a capture lacks packets around some moments.
func (k *captures) gap(capture int, from, to int64) bool {
	i, _ := slices.BinarySearch(k.lacked[capture], from-int64(nearby))
	return i < len(k.lacked[capture]) && k.lacked[capture][i] <= to+int64(nearby)
}

// beats says that a capture holds packets shortly before and shortly after some
// moments, and lacks none.
func (k *captures) beats(capture int, from, to int64) bool {
	all := k.alive[capture]
	before, _ := slices.BinarySearch(all, from)
	after, _ := slices.BinarySearch(all, to)
	return before > 0 && from-all[before-1] <= int64(shortly) && after < len(all) && all[after]-to <= int64(shortly)
}

// stopped finds the connections of the client's capture that were refused although
// their SYN did not come to the server: its capture was running, and holds others
// between the same ends.
func (k *captures) stopped(first, second []tcpflow.Transcript, pairs []couple) (out []int) {
	same, paired := map[between]bool{}, map[int]bool{}
	for _, p := range pairs {
		a, b := &first[p.client], &second[p.server]
		paired[p.client] = true
		if a.Stream.Server == b.Stream.Server && p.shift[tcpflow.Client] == 0 { // else another machine may have answered, or its SYN have another number
			same[betweenOf(a)] = true
		}
	}
	held := map[[2]netip.AddrPort]bool{} // by the second, though too little of it to be recognized
	for i := range second {
		held[[2]netip.AddrPort{second[i].Stream.Client, second[i].Stream.Server}] = true
	}
	for i := range first {
		t := &first[i]
		if paired[i] || held[[2]netip.AddrPort{t.Stream.Client, t.Stream.Server}] || !same[betweenOf(t)] || talked(t, tcpflow.Server) || len(t.Segments) == 0 || !k.ran(AtServer, t) {
			continue
		}
		out = append(out, t.Stream.Number)
	}
	return out
}

// ran says that a capture holds packets before and after a connection of the
// client's capture, and lacks none around it.
func (k *captures) ran(capture int, t *tcpflow.Transcript) bool {
	from, to := t.Segments[0].When, t.Segments[len(t.Segments)-1].When
	all := k.alive[capture]
	return len(all) > 0 && all[0] < from && all[len(all)-1] > to && !k.gap(capture, from, to)
}
