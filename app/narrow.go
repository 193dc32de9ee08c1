package app

import (
	"context"
	"time"

	"faultline/diag/dissect"
	"faultline/diag/pcapfilter"
	"faultline/platform/packet"
)

// narrow leaves out packets that the user does not ask for. They keep their
// place, so that the numbers of the others are those of the file.
type narrow struct {
	filter *pcapfilter.Filter
	since  time.Time
	skip   time.Duration
	out    int // packets that were left out in the first pass
}

// nowhere is a link type that nothing has: what has it is skipped.
const nowhere = 0xffff

func newNarrow(c *Captures) narrow {
	return narrow{filter: c.filter, since: c.Since, skip: c.Skip}
}

// of returns the source without what is left out; src itself when nothing is.
func (n *narrow) of(src packet.Source) packet.Source {
	if n.filter == nil && n.since.IsZero() && n.skip == 0 {
		return src
	}
	return &narrowed{Source: src, narrow: n, decoder: dissect.New()}
}

type narrowed struct {
	packet.Source
	narrow  *narrow
	decoder *dissect.Decoder
	first   int64 // time of the first packet
	any     bool
}

func (n *narrowed) Read(ctx context.Context, b *packet.Batch) error {
	err := n.Source.Read(ctx, b)
	for i := range b.Recs {
		if r := &b.Recs[i]; !n.wanted(r, b.Bytes(i)) {
			r.Link, r.Len = nowhere, 0
			n.narrow.out++
		}
	}
	return err
}

func (n *narrowed) wanted(r *packet.Rec, data []byte) bool {
	if !n.any {
		n.first, n.any = r.When, true
	}
	if !n.narrow.since.IsZero() && r.When < n.narrow.since.UnixNano() || r.When < n.first+int64(n.narrow.skip) {
		return false
	}
	if n.narrow.filter == nil {
		return true
	}
	var s dissect.Segment
	n.decoder.Decode(r.Link, r.When, data, r.Wire, &s)
	return n.narrow.filter.Match(&s, data, r.Link)
}
