package join_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"faultline/diag/join"
	"faultline/diag/reset"
	"faultline/diag/tcpflow"
)

// far is what a capture at the server's end would have been of traffic that was
// captured at the client's: other clock, other distance, no packet lost.
func far(near []tcpflow.Transcript, delay, ahead time.Duration) (all []tcpflow.Transcript) {
	for _, t := range near {
		t.Segments = slices.Clone(t.Segments)
		for i := range t.Segments {
			g := &t.Segments[i]
			by := ahead + delay
			if g.From == tcpflow.Server {
				by = ahead - delay
			}
			g.When += int64(by)
		}
		slices.SortStableFunc(t.Segments, func(x, y tcpflow.Segment) int { return int(x.When - y.When) })
		for i := range t.Segments {
			t.Segments[i].Nth = i + 1
		}
		t.Start, t.End = t.Start+int64(ahead-delay), t.End+int64(ahead+delay)
		all = append(all, t)
	}
	return all
}

// real are the streams of the public captures, by file.
func real(t *testing.T) map[string][]tcpflow.Transcript {
	t.Helper()
	dir := os.Getenv("FAULTLINE_CAPTURES")
	if dir == "" {
		t.Skip("FAULTLINE_CAPTURES is not set: no captures of ordinary traffic to compare")
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.pcap*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("got no captures in %s: %v", dir, err)
	}
	all := map[string][]tcpflow.Transcript{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(path)] = mayBe(content)
	}
	return all
}

// Of real traffic that all arrives nothing is told as lost or made.
func TestRealTrafficThatArrives(t *testing.T) {
	connections := 0
	for name, near := range real(t) {
		ends := [2][]tcpflow.Transcript{near, far(near, 3*time.Millisecond, time.Hour)}
		c := join.Join(all(ends[0]), all(ends[1]))
		events := join.Settle(&c, [2][]reset.Event{
			reset.Judge(reset.Input{Transcripts: ends[0], Vantage: reset.AtClient}), reset.Judge(reset.Input{Transcripts: ends[1], Vantage: reset.AtServer}),
		})
		if got := claims(c, events, false); len(got) > 0 || c.Swapped || c.Same {
			t.Errorf("%s: got %v, swapped %v, want nothing\n%s", name, got, c.Swapped, line(c, events))
		}
		connections += len(c.Pairs)
	}
	if connections == 0 {
		t.Error("got no connection that both hold")
	}
}

// crafted are captures of packets that somebody made up: each SYN has number 1000.
var crafted = []string{"fragmented_syn.pcap", "vlan_pcp_dei.pcapng"}

// Captures that have nothing to do with each other do not match.
func TestRealTrafficOfOthers(t *testing.T) {
	files := real(t)
	for name, one := range files {
		for other, two := range files {
			if slices.Contains(crafted, name) && slices.Contains(crafted, other) || name == other {
				continue
			}
			if c := join.Join(all(one), all(two)); len(c.Pairs) > 0 {
				t.Errorf("%s and %s: got %d connections in common, want none", name, other, len(c.Pairs))
			}
		}
	}
}
