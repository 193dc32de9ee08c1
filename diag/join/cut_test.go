package join_test

import (
	"fmt"
	"strings"
	"testing"

	"faultline/diag/catalog"
	"faultline/diag/join"
	"faultline/diag/reset"
	"faultline/platform/packet/packettest"
)

// claims are what a comparison says of single packets: those that were lost or made
// on the way, by the clock of their capture, and the events that blame what lies
// between, surely or not.
func claims(c join.Comparison, events [2][]reset.Event, sure bool) map[string]bool {
	all := map[string]bool{}
	for _, p := range c.Pairs {
		for d := range 2 {
			for _, x := range p.Lost[d] {
				all[fmt.Sprint("lost ", d, x.When)] = true
			}
			for _, x := range p.Made[d] {
				all[fmt.Sprint("made ", d, x.When)] = true
			}
		}
	}
	for end := range events {
		for _, e := range events[end] {
			if e.Sender == reset.ByMiddlebox && (!sure || e.Confidence == catalog.Proven) {
				all[fmt.Sprint("blamed ", end, e.When)] = true
			}
		}
	}
	return all
}

func claimsOf(t *testing.T, files [2][]byte, sure bool) map[string]bool {
	t.Helper()
	c, events := together(t, files[0], files[1])
	return claims(c, events, sure)
}

// A file that was cut at one end or both never tells more than the whole one.
func TestCutFilesTellNothingMore(t *testing.T) {
	told := 0
	for _, tt := range stories {
		for _, how := range []int{0, len(conditions) - 1} {
			e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
			conditions[how].set(e)
			tt.play(e)
			whole := [2][]byte{e.PCAP(client), e.PCAP(server)}
			truth := claimsOf(t, whole, false)
			for end := range 2 {
				n := e.Packets(end)
				for from := range n {
					for _, to := range []int{n, from + n/3} {
						files := whole
						files[end] = e.Part(end, from, min(max(to, from+1), n))
						for x := range claimsOf(t, files, false) {
							if told++; !truth[x] {
								t.Errorf("%s, %s, end %d, packets %d to %d: got %s, want nothing of the kind", tt.name, conditions[how].name, end, from, to, x)
							}
						}
					}
				}
			}
		}
	}
	if told == 0 {
		t.Error("got no claims at all")
	}
}

// Nor does one with a gap surely blame anybody who is not to blame.
func TestGapsBlameNobody(t *testing.T) {
	for _, tt := range stories {
		e := packettest.Both("192.0.2.20:50000", "198.51.100.1:80")
		tt.play(e)
		whole := [2][]byte{e.PCAP(client), e.PCAP(server)}
		truth := claimsOf(t, whole, false)
		for end := range 2 {
			for from := range e.Packets(end) {
				for _, n := range []int{1, 3, 8, 21} {
					to := min(from+n, e.Packets(end))
					files := whole
					files[end] = e.Without(end, from, to)
					for x := range claimsOf(t, files, true) {
						if !truth[x] && strings.HasPrefix(x, "blamed") {
							t.Errorf("%s, end %d, without %d to %d: got %s, want nothing of the kind", tt.name, end, from, to, x)
						}
					}
				}
			}
		}
	}
}
