package reset

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/tcpflow"
)

// leastProbes is how many connections that a client opens and resets, without a word,
// make a habit.
const leastProbes = 4

// probes makes health checks of the connections that one client opens again and again
// at like intervals, and resets each time as soon as they are open, or as the answer is
// there: balancers and monitors ask so whether a service is well.
func probes(all []Event, from []tcpflow.Transcript) {
	alike := map[between][]int{}
	for i := range all {
		e := &all[i]
		if e.Code != "reset.app-abort" || e.Sender != ByClient {
			continue
		}
		t := transcriptOf(from, e.Stream)
		if t == nil || e.When-t.Segments[0].When > int64(time.Second) {
			continue
		}
		who := between{t.Stream.Client.Addr(), t.Stream.Server}
		alike[who] = append(alike[who], i)
	}
	for _, events := range alike {
		if !regular(all, events) || 4*wellServed(all, events, from) < 3*len(events) {
			continue
		}
		for _, i := range events {
			e := &all[i]
			if e.Code = "reset.after-close"; e.Stage == StageHandshake {
				e.Code = "reset.handshake-abandoned"
			} else {
				e.Args["instead"] = true
			}
			e.Party, e.Confidence = catalog.NoParty, catalog.Possible
			e.Features = append(e.Features, Feature{Name: FeatureRepeats, Group: Timing, Args: how("probes", "n", len(events))})
		}
	}
}

// wellServed counts the connections after which nothing was owed; of the others the
// capture may have missed something.
func wellServed(all []Event, events []int, from []tcpflow.Transcript) (n int) {
	for _, i := range events {
		if e := &all[i]; e.Stage == StageHandshake || satisfied(transcriptOf(from, e.Stream), e.Segment) {
			n++
		}
	}
	return n
}

// satisfied reports whether a client that aborts had taken an answer, and all that the
// server had sent.
func satisfied(t *tcpflow.Transcript, at int) bool {
	s := begin()
	for i := range at {
		s.see(t.Segments, i)
	}
	client, server := &s.ends[tcpflow.Client], &s.ends[tcpflow.Server]
	return server.lastData > client.lastData && client.lastData >= 0 && t.Segments[at].Ack == server.next && server.flow == server.next
}

// between are who asks which service.
type between struct {
	client netip.Addr
	server netip.AddrPort
}

// regular reports whether events, in order of time, are apart alike.
func regular(all []Event, events []int) bool {
	if len(events) < leastProbes {
		return false
	}
	slices.SortFunc(events, func(a, b int) int { return cmp.Compare(all[a].When, all[b].When) })
	var apart []int64
	for k := 1; k < len(events); k++ {
		apart = append(apart, all[events[k]].When-all[events[k-1]].When)
	}
	least := slices.Min(apart)
	return least >= int64(time.Second) && !slices.ContainsFunc(apart, func(d int64) bool {
		off := d % least // one that the capture missed leaves a multiple
		return min(off, least-off) > least/8
	})
}
