package join

import (
	"cmp"
	"hash/fnv"
	"slices"

	"faultline/diag/dissect"
	"faultline/diag/tcpflow"
)

// couple is one connection, by its index in each list of transcripts.
type couple struct {
	client, server int
	votes          int
	shift          [2]uint32 // what is added to the sequence numbers of each side on the way to the second capture
	known          [2]bool   // packets of that side were recognized
}

func isReset(g *tcpflow.Segment) bool { return g.Has(dissect.RST) }

const (
	sameBytes = 24  // of a payload are compared: captures keep little of it
	leastText = 12  // bytes: a shorter payload is in many packets
	mostAlike = 8   // streams that share a sign: one that more have is none
	longOne   = 256 // packets of a stream from which on a part of its signs is enough
	steering  = dissect.SYN | dissect.FIN | dissect.RST
)

// sign is a hash by which a packet is recognized, behind NAT too.
type sign uint64

// The kinds of signs: devices may change the sequence numbers, captures may
// lack the payload, stacks the time stamps.
const (
	byNumbers = iota
	byText
	byTime
)

func hashed(parts ...uint64) sign {
	h := uint64(14695981039346656037)
	for _, p := range parts {
		h = (h ^ p) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	return sign(h)
}

// signsOf are the signs of a packet. A reset has none: it is what is looked for.
func signsOf(g *tcpflow.Segment) (out []sign) {
	if isReset(g) {
		return nil
	}
	from, size, flags, ack := uint64(g.From), uint64(g.Len), uint64(g.Flags&steering), uint64(g.Ack)
	if !g.Has(dissect.ACK) {
		ack = 0 // means nothing, and devices that repeat a request write into it
	}
	if g.Len > 0 || flags != 0 {
		out = append(out, hashed(byNumbers, from, uint64(g.Seq), ack, size, flags))
	}
	if len(g.Payload) >= leastText {
		h := fnv.New64a()
		h.Write(g.Payload[:min(len(g.Payload), sameBytes)])
		out = append(out, hashed(byText, from, h.Sum64(), size))
	}
	if g.Options.Timestamps && g.Options.TSVal != 0 {
		out = append(out, hashed(byTime, from, uint64(g.Options.TSVal)<<32|uint64(g.Options.TSEcr), size, flags))
	}
	return out
}

// sampled says that a sign counts: of a long stream one in eight, the same
// ones in both captures.
func sampled(t *tcpflow.Transcript, s sign) bool { return len(t.Segments) <= longOne || s>>32%8 == 0 }

// match finds the connections that both captures hold: those that share the
// most packets. Each is used once.
func match(first, second []tcpflow.Transcript) []couple {
	index := indexed(second)
	var all []couple
	for i := range first {
		all = append(all, votesFor(first, i, index)...)
	}
	slices.SortStableFunc(all, func(a, b couple) int { return cmp.Compare(b.votes, a.votes) })
	usedFirst, usedSecond := map[int]bool{}, map[int]bool{}
	var out []couple
	for _, c := range all {
		if usedFirst[c.client] || usedSecond[c.server] || !c.align(&first[c.client], &second[c.server]) {
			continue
		}
		usedFirst[c.client], usedSecond[c.server] = true, true
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b couple) int { return cmp.Compare(a.client, b.client) })
	return out
}

// indexed says which streams have a sign.
func indexed(all []tcpflow.Transcript) map[sign][]int {
	index := map[sign][]int{}
	for i := range all {
		for j := range all[i].Segments {
			for _, s := range signsOf(&all[i].Segments[j]) {
				have := index[s]
				if sampled(&all[i], s) && len(have) < mostAlike && !slices.Contains(have, i) {
					index[s] = append(have, i)
				}
			}
		}
	}
	return index
}

// votesFor counts the signs that a stream shares with each of the other capture.
func votesFor(first []tcpflow.Transcript, i int, index map[sign][]int) (out []couple) {
	votes := map[int]int{}
	for j := range first[i].Segments {
		for _, s := range signsOf(&first[i].Segments[j]) {
			for _, stream := range index[s] {
				votes[stream]++
			}
		}
	}
	for stream, n := range votes {
		out = append(out, couple{client: i, server: stream, votes: n})
	}
	slices.SortFunc(out, func(a, b couple) int { return cmp.Compare(a.server, b.server) })
	return out
}

// align finds how the sequence numbers of the two captures differ, and says
// whether they hold the same connection: what a proxy passes on in one of its
// own has the same payload, but neither numbers nor time stamps nor IP ids.
func (c *couple) align(a, b *tcpflow.Transcript) bool {
	var tally [2]map[uint32]int
	for d := range tally {
		tally[d] = map[uint32]int{}
	}
	for g, o := range alike(a, b) {
		tally[g.From][o.Seq-g.Seq]++
		if g.Has(dissect.ACK) && o.Has(dissect.ACK) {
			tally[1-g.From][o.Ack-g.Ack]++
		}
	}
	for d := range tally {
		c.shift[d], c.known[d] = most(tally[d])
		c.known[d] = c.known[d] || !talked(a, d) || !talked(b, d) // there is nothing to be recognized
	}
	return len(tally[0]) > 0 && c.shift[0] == 0 || len(tally[1]) > 0 && c.shift[1] == 0 || c.sameTimes(a, b)
}

// most is the shift that most packets have, the smallest among equals.
func most(tally map[uint32]int) (shift uint32, known bool) {
	votes := 0
	for s, n := range tally {
		if n > votes || n == votes && s < shift {
			shift, votes = s, n
		}
	}
	return shift, votes > 0
}

// alike yields packets of two transcripts that share a sign or open the
// connection.
func alike(a, b *tcpflow.Transcript) func(func(g, o *tcpflow.Segment) bool) {
	return func(yield func(g, o *tcpflow.Segment) bool) {
		index := map[sign][]*tcpflow.Segment{}
		for j := range b.Segments {
			for _, s := range append(signsOf(&b.Segments[j]), opening(&b.Segments[j])...) {
				if have := index[s]; len(have) < mostAlike {
					index[s] = append(have, &b.Segments[j])
				}
			}
		}
		for i := range a.Segments {
			for _, s := range append(signsOf(&a.Segments[i]), opening(&a.Segments[i])...) {
				for _, o := range index[s] {
					if !yield(&a.Segments[i], o) {
						return
					}
				}
			}
		}
	}
}

// opening is the sign of the SYN of either side.
func opening(g *tcpflow.Segment) []sign {
	if !g.Has(dissect.SYN) || isReset(g) {
		return nil
	}
	return []sign{hashed(uint64(g.From), uint64(g.Flags&(dissect.SYN|dissect.ACK)))}
}

// sameTimes says that packets of the same numbers, where both sides' were
// changed, have the same time stamps or, without any, the same IP ids.
func (c *couple) sameTimes(a, b *tcpflow.Transcript) bool {
	if !c.known[0] || !c.known[1] {
		return false
	}
	times, ids, otherIDs := 0, 0, 0
	for g, o := range alike(a, b) {
		switch {
		case o.Seq-g.Seq != c.shift[g.From]:
		case g.Options.Timestamps && o.Options.Timestamps:
			if g.Options.TSVal == o.Options.TSVal && g.Options.TSVal != 0 && g.Options.TSEcr == o.Options.TSEcr {
				times++
			}
		case g.ID != 0 && g.ID == o.ID:
			ids++
		case g.ID != 0 && o.ID != 0:
			otherIDs++
		}
	}
	return times > 0 || ids > 1 && ids > otherIDs
}
