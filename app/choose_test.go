package app

import (
	"fmt"
	"slices"
	"testing"

	"faultline/app/text"
	"faultline/diag/tcpflow"
	"faultline/platform/packet/packettest"
)

// TestTooManyInTrouble has more connections in trouble than can be looked at
// closely, the gravest of them last.
func TestTooManyInTrouble(t *testing.T) {
	const resets, more = 10, 100
	room := tcpflow.Limits{}.Streams()
	w, _ := text.For(text.English)
	s := packettest.New("192.0.2.20:1", "192.0.2.1:80")
	for i := range room + more {
		s.Then(fmt.Sprintf("192.0.2.%d:%d", 20+i/1000, 1000+i%1000), "192.0.2.1:80").Send(packettest.Client, "S", "")
		if i >= room+more-resets {
			s.Send(packettest.Server, "RA", "")
		}
	}
	file := written(t, "many.pcap", s.PCAP())
	for every, listed := range map[bool]int{false: room, true: room + more} {
		r, all := analyzed(t, Captures{Files: []string{file}, Stream: -1, Streams: every})
		a := all[0]
		if len(a.Troubled) != room || a.LeftOut != more || !slices.IsSorted(a.Troubled) {
			t.Errorf("got %d streams, %d left out; want %d and %d", len(a.Troubled), a.LeftOut, room, more)
		}
		if a.Troubled[room-resets] != room+more-resets {
			t.Errorf("of the streams with a reset: got %v first want %d", a.Troubled[room-resets], room+more-resets)
		}
		if got := len(r.Report(w, Tool{}).Streams); got != listed {
			t.Errorf("every stream %v: got %d listed want %d", every, got, listed)
		}
	}
}
