// Package join lays two captures of the same traffic side by side, taken at its
// two ends: which packets were lost on the way, which came that nobody sent, and
// what was changed.
//
// It never says that something was lost or made up where the other capture was
// not running, or missed packets itself.
package join

import (
	"slices"
	"time"

	"faultline/diag/tcpflow"
)

// The two captures.
const (
	AtClient = tcpflow.Client
	AtServer = tcpflow.Server
)

// Comparison is what two captures tell together.
type Comparison struct {
	Swapped bool   // the first capture turned out to be the server's
	Same    bool   // both hold the same packets at the same times: one capture, twice
	Clock   Clock  // of the server's capture against the client's
	Pairs   []Pair // in order of the client's capture
	Whole   bool   // all connections of both were looked at
	Alone   [2]int // connections that only one capture holds; 0 where not all were looked at
	Stopped []int  // numbers of connections in the client's capture whose SYN did not come to the server, and was refused
}

// Pair is one connection in both captures. Lists of two are by the side whose
// packets they are about, tcpflow.Client first, but for Missed.
type Pair struct {
	Client, Server int       // the numbers of the stream in the two captures
	Translated     bool      // addresses or ports differ
	Shift          [2]uint32 // what was added to the sequence numbers on the way to the server's end
	Proxied        bool      // something on the way answered the SYN in the server's place
	Hops           [2]int    // routers between the two captures, as the TTLs tell; negative: unknown
	Sent           [2]int    // packets in the capture of their sender
	Arrived        [2]int    // of those, in the capture of the other end
	Lost           [2][]Packet
	Made           [2][]Packet // came, and their alleged sender never sent them
	Missed         [2]int      // by capture: packets that passed there and are not in it
	Open           [2]int      // neither arrived nor lost, for all that is known
	Altered        []Alteration
	Delay          [2]Delay
	Partial        bool // of one of the captures not all packets were looked at
	Resets         []Fate
}

// Packet points at a packet of the capture that holds it: of a lost one its
// sender's, of a made one its receiver's.
type Packet struct {
	Frame int
	Index int // in that transcript
	When  int64
	Reset bool
	Bytes int // of the payload that are concerned
}

// Alteration is something that was changed on the way.
type Alteration struct {
	From    int    // whose packets
	What    string // one of the words below
	Frame   int    // the first of them in its sender's capture
	Count   int
	Was, Is int // of that first one, where a number tells it
}

// The words of Alteration.What.
const (
	MSS        = "mss"
	Scale      = "scale"
	SACK       = "sack"
	Timestamps = "timestamps"
	Options    = "options" // of other kinds
	Window     = "window"
	Flags      = "flags"
	Payload    = "payload"
	TOS        = "tos"
	Sequence   = "sequence" // of resets, beyond the shift of the connection
)

// Delay is how long packets were under way, by the estimated clocks.
type Delay struct {
	Least, Median, Most time.Duration
	Count               int
}

// Fate is what became of a reset, or where it came from.
type Fate struct {
	Capture int // that holds it: AtClient or AtServer
	From    int // whose name it bears
	Index   int // in that transcript
	Other   int // its index in the other transcript, -1: not there
	Kind    FateKind
	Sure    bool // of NeverSent: its alleged sender goes on as if it had sent none, or was reset too by what nobody sent
	Lacking bool // of Undecided: the capture of its alleged sender ran and does not hold it, but it looks like that sender's
	Stopped bool // of NeverSent: what it answers did not come to its alleged sender either, or that was reset too
}

// FateKind is a word for it.
type FateKind string

// The fates.
const (
	Confirmed FateKind = "confirmed" // both captures hold it
	NeverSent FateKind = "never"     // it came, and its alleged sender did not send it
	Vanished  FateKind = "lost"      // it was sent, and did not arrive
	Undecided FateKind = "open"      // the other capture cannot tell
)

// Capture is what is known of one capture: its connections, by their numbers.
type Capture struct {
	Transcripts []tcpflow.Transcript
	Whole       bool // these are all: one that is not here is not in the capture
	Dropped     bool // the capture says that it missed packets
}

// Join compares two captures. The first is meant to be the client's; where the
// packets say otherwise the two are exchanged.
func Join(one, other Capture) Comparison {
	first, second := one.Transcripts, other.Transcripts
	pairs := match(first, second)
	c := Comparison{Same: same(first, second, pairs), Whole: one.Whole && other.Whole}
	if !c.Same && swapped(first, second, pairs) {
		first, second, c.Swapped = second, first, true
		pairs = match(first, second)
	}
	c.Clock = clockOf(allCrossings(first, second, pairs))
	k := newCaptures(first, second, &c.Clock)
	if k.dropped = [2]bool{one.Dropped, other.Dropped}; c.Swapped {
		k.dropped = [2]bool{other.Dropped, one.Dropped}
	}
	if c.Whole {
		k.strayed(first, second, pairs, &c.Clock)
	}
	var all []*comparing
	for _, p := range pairs {
		x := newComparing(&first[p.client], &second[p.server], p, &c.Clock, k)
		x.meet()
		all = append(all, x)
	}
	k.settle()
	if c.Whole {
		c.Stopped = k.stopped(first, second, pairs)
		c.Alone = [2]int{len(first) - len(pairs), len(second) - len(pairs)}
	}
	for _, x := range all {
		x.tell()
		c.Pairs = append(c.Pairs, x.out)
	}
	return c
}

func allCrossings(first, second []tcpflow.Transcript, pairs []couple) (all []crossing) {
	for _, p := range pairs {
		all = append(all, crossings(&first[p.client], &second[p.server], p)...)
	}
	return all
}

// same says that all packets that are in both captures are there at the very
// same times, with the same TTLs.
func same(first, second []tcpflow.Transcript, pairs []couple) bool {
	for _, p := range pairs {
		a, b := first[p.client].Segments, second[p.server].Segments
		for i := range min(len(a), len(b)) {
			if a[i].When != b[i].When || a[i].TTL != b[i].TTL || a[i].Seq != b[i].Seq {
				return false
			}
		}
	}
	return len(pairs) > 0
}

// clearly is by how much a round trip must differ from nothing.
const clearly = 20 * time.Microsecond

// swapped says that the packets of the clients arrive in the first capture and
// leave in the second: a packet and its answer then take less than no time.
// Where that is too short to tell, the TTLs say how far packets had come.
func swapped(first, second []tcpflow.Transcript, pairs []couple) bool {
	right, wrong := 0, 0
	for _, p := range pairs {
		a, b := &first[p.client], &second[p.server]
		ahead := roundTrip(crossings(a, b, p))
		if max(ahead, -ahead) < int64(clearly) {
			ahead = int64(hops(a, b, tcpflow.Client) + hops(b, a, tcpflow.Server))
		}
		switch {
		case ahead > 0:
			right++
		case ahead < 0:
			wrong++
		}
	}
	return wrong > right
}

// roundTrip is how much the clocks' difference of packets of the client exceeds
// that of packets of the server; 0 where either are missing.
func roundTrip(all []crossing) int64 {
	var deltas [2][]int64
	for _, x := range all {
		deltas[x.from] = append(deltas[x.from], x.delta)
	}
	if len(deltas[0]) == 0 || len(deltas[1]) == 0 {
		return 0
	}
	return median(deltas[0]) - median(deltas[1])
}

func median(all []int64) int64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// hops is by how much the TTL of a side's packets is less in the capture where
// they arrive; 0 where it changes within one of them.
func hops(sent, got *tcpflow.Transcript, from int) int {
	a, ok := ttlOf(sent, from)
	b, too := ttlOf(got, from)
	if !ok || !too {
		return 0
	}
	return a - b
}

// ttlOf is the one TTL that all packets of a side have, resets and SYNs apart,
// which devices answer in its place.
func ttlOf(t *tcpflow.Transcript, from int) (ttl int, one bool) {
	for i := range t.Segments {
		g := &t.Segments[i]
		switch {
		case g.From != from || g.Flags&steering&^1 != 0:
		case !one:
			ttl, one = g.TTL, true
		case g.TTL != ttl:
			return 0, false
		}
	}
	return ttl, one
}
