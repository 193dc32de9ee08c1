//go:build e2e && linux && wine

package e2e

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform/linux/netlab"
)

// most is how many times Linux's time a diagnosis may take under Wine, beside
// what Wine needs to start a program.
const most = 1.5

// pairOfTimes is one line of the table: medians of the same diagnosis on Linux and
// under Wine, and of a program that only starts.
type pairOfTimes struct {
	what                string
	linux, wine, starts time.Duration
}

// BenchmarkWine asks both programs in turn, in the same worlds, and prints one
// table.
func BenchmarkWine(b *testing.B) {
	worlds := []struct {
		what string
		rtt  time.Duration
		set  func(s *scene) string
	}{
		{"healthy", 5 * time.Millisecond, func(s *scene) string { return s.web() }},
		{"healthy", 40 * time.Millisecond, func(s *scene) string { return s.web() }},
		{"healthy, TLS", 5 * time.Millisecond, func(s *scene) string { return s.secure(netlab.TLS{}) }},
		{"healthy, TLS", 40 * time.Millisecond, func(s *scene) string { return s.secure(netlab.TLS{}) }},
		{"refused", 40 * time.Millisecond, func(s *scene) string { return s.URL("http") }},
		{"no such name", 40 * time.Millisecond, func(s *scene) string { return "http://x" + s.Name + "/" }},
	}
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-24s %8s %8s %8s %s\n", "", "Linux", "Wine", "start", "beyond the start, times Linux")
	for _, w := range worlds {
		l := sideBySide(b, w.what, w.rtt, w.set)
		times := float64(l.wine-l.starts) / float64(l.linux)
		mark := ""
		if times > most {
			mark = "  missed"
		}
		fmt.Fprintf(&table, "%-24s %8s %8s %8s %.1f%s\n", l.what, short(l.linux), short(l.wine), short(l.starts), times, mark)
	}
	b.ReportMetric(0, "ns/op")
	fmt.Print(table.String())
}

func sideBySide(b *testing.B, what string, rtt time.Duration, set func(s *scene) string) pairOfTimes {
	b.Helper()
	w := netlab.New(b, seedOf(what, int(rtt)), netlab.Options{RTT: rtt, Family: netlab.V4})
	target := set(&scene{World: w, t: b})
	x := underWine(b, w)
	var linux, wine, starts []time.Duration
	for range samples {
		linux = append(linux, taken(b, w.Command(b.Context(), netlab.Root, program, "check", target)))
		wine = append(wine, taken(b, x.faultline(b.Context(), "check", target)))
		starts = append(starts, taken(b, x.faultline(b.Context(), "version")))
	}
	return pairOfTimes{fmt.Sprintf("%s, %d ms", what, rtt.Milliseconds()), median(linux), median(wine), median(starts)}
}

// taken is how long a program runs; a verdict is an exit code.
func taken(b *testing.B, cmd *exec.Cmd) time.Duration {
	b.Helper()
	begun := time.Now()
	if _ = cmd.Run(); cmd.ProcessState == nil {
		b.Fatalf("running %v: it did not start", cmd.Args)
	}
	return time.Since(begun)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
