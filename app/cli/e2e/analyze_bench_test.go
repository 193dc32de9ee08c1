//go:build e2e && linux

package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// goals of the analysis of captures.
const (
	goalTshark  = 60.0     // times less CPU than tshark
	goalTcpdump = 2.0      // times the CPU of a filter in tcpdump, at most
	goalGzip    = 1.5      // times the wall clock of pigz -dc, at most
	goalPeak    = 80 << 20 // bytes, with 200,000 connections
	goalFlow    = 256.0    // bytes for each connection beyond those
	goalGrowth  = 1.1      // times the memory for four times the bytes, at most
	mostFlows   = 1_000_000
)

// A tool that took longer than patience is run once, and none is waited for
// longer than endurance.
const (
	patience  = time.Minute
	endurance = 5 * time.Minute
)

// A rival is a program beside which the analysis is run, and what it took.
type rival struct {
	name      string
	args      []string
	cpu, wall []time.Duration
	memory    int64
	problem   string
}

func (r *rival) done() bool { return r.problem != "" || len(r.wall) > 0 && r.wall[0] > patience }

// run measures one run. What a program prints is thrown away, and its exit code
// may be a verdict.
func (r *rival) run(b *testing.B) {
	ctx, cancel := context.WithTimeout(b.Context(), endurance)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.args[0], r.args[1:]...)
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		r.problem = "missing"
		return
	}
	ended, peak := make(chan struct{}), make(chan int64)
	go func() { peak <- resident(cmd, ended) }()
	err := cmd.Wait()
	wall := time.Since(begun)
	close(ended)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		r.problem = fmt.Sprintf("ended after %v", endurance)
	case err != nil && !errors.As(err, &exit):
		b.Fatal(err)
	}
	r.wall = append(r.wall, wall)
	r.cpu = append(r.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	r.memory = max(r.memory, <-peak)
}

// A heat is one capture and the programs that read it in turn.
type heat struct {
	capture string
	rivals  []*rival // the analysis is the first
}

func (h *heat) run(b *testing.B) {
	for range samples {
		for _, r := range h.rivals {
			if !r.done() {
				r.run(b)
			}
		}
	}
}

// ratio is the median over the rounds of what the analysis took, as a multiple
// of what rival i took; 0 when that did not run.
func (h *heat) ratio(i int, took func(*rival) []time.Duration) float64 {
	var all []float64
	mine, other := took(h.rivals[0]), took(h.rivals[i])
	for n := range min(len(mine), len(other)) {
		all = append(all, mine[n].Seconds()/other[n].Seconds())
	}
	return middle(all)
}

func cpuOf(r *rival) []time.Duration  { return r.cpu }
func wallOf(r *rival) []time.Duration { return r.wall }

// middle is the median, 0 of nothing.
func middle[T cmp.Ordered](all []T) (m T) {
	if len(all) > 0 {
		m = slices.Sorted(slices.Values(all))[len(all)/2]
	}
	return m
}

// resets is the filter of tcpdump. To print packets costs it more than to find
// them, so it is run without, too: the bare filter.
const resets = "tcp[tcpflags] & tcp-rst != 0"

// heats makes the captures, and names the programs that read each.
func heats(b *testing.B) (small, frames, quarter, scan, packed heat) {
	dir := b.TempDir()
	compare := func(name string, with func(*maker)) heat {
		path := makeCapture(b, dir, name, with)
		return heat{name, []*rival{
			{name: "faultline analyze", args: []string{program, "analyze", path}},
			{name: "tshark -z expert,tcp", args: []string{"tshark", "-n", "-q", "-z", "expert,tcp", "-r", path}},
			{name: "tcptrace", args: []string{"tcptrace", "-n", path}},
			{name: "tcpdump, resets", args: []string{"tcpdump", "-n", "-r", path, resets}},
			{name: "tcpdump, bare", args: []string{"tcpdump", "-n", "-r", path, "-w", "/dev/null", resets}},
		}}
	}
	small = compare("small.pcap", smallPackets)
	frames = compare("frames.pcap", fullFrames(1))
	scan = compare("scan.pcap", portScan)
	quarter = heat{"quarter.pcap", []*rival{{name: "faultline analyze", args: []string{program, "analyze", makeCapture(b, dir, "quarter.pcap", fullFrames(0.25))}}}}
	path := compressed(b, filepath.Join(dir, small.capture))
	packed = heat{"small.pcap.gz", []*rival{
		{name: "faultline analyze", args: []string{program, "analyze", path}},
		{name: "pigz -dc", args: []string{unpacker(), "-dc", path}},
	}}
	packed.rivals[1].name = unpacker() + " -dc"
	return small, frames, quarter, scan, packed
}

// unpacker is pigz where there is one.
func unpacker() string {
	if _, err := exec.LookPath("pigz"); err == nil {
		return "pigz"
	}
	return "gzip"
}

// BenchmarkAnalyze runs the analysis of captures beside the programs that people
// use, and prints one table.
func BenchmarkAnalyze(b *testing.B) {
	small, frames, quarter, scan, packed := heats(b)
	all := []*heat{&small, &frames, &quarter, &scan, &packed}
	for _, h := range all {
		h.run(b)
	}
	b.ReportMetric(0, "ns/op")
	fmt.Printf("\nscale %g, the goals are for 1; median of %d runs, the programs in turn; those over %v once\n%s\n", *scale, samples, patience, standings(all))
	for _, h := range []*heat{&small, &frames, &scan} {
		goalMost(h.capture+": CPU of tshark / ours, at least", -1/max(h.ratio(1, cpuOf), 1e-9), -goalTshark)
		goalMost(h.capture+": our CPU / tcpdump that prints, at most", h.ratio(3, cpuOf), goalTcpdump)
		goalMost(h.capture+": our CPU / bare tcpdump, at most", h.ratio(4, cpuOf), goalTcpdump)
	}
	goalMost("our wall clock / "+packed.rivals[1].name+", at most", packed.ratio(1, wallOf), goalGzip)
	goalMost("our CPU / "+packed.rivals[1].name+", for comparison", packed.ratio(1, cpuOf), goalGzip)
	goalMost("MiB at 200,000 connections, at most", mebibytes(small.rivals[0].memory), goalPeak>>20)
	kept, beyond := sized(smallFlows), min(sized(scanFlows), mostFlows)-sized(smallFlows)
	goalMost(fmt.Sprintf("bytes a connection beyond %d, at most", kept), float64(scan.rivals[0].memory-small.rivals[0].memory)/float64(beyond), goalFlow)
	goalMost("memory at 4 times the bytes, at most", float64(frames.rivals[0].memory)/float64(max(quarter.rivals[0].memory, 1)), goalGrowth)
	fmt.Println()
}

// goalMost prints a figure and whether it stays within its goal. One that is
// to be large comes negative, and so does its goal.
func goalMost(what string, got, goal float64) {
	mark := "ok"
	if got > goal {
		mark = "over"
	}
	fmt.Printf("%-52s %8.2f  goal %5.1f  %s\n", what, max(got, -got), max(goal, -goal), mark)
}

// standings sets what the programs took beside each other.
func standings(all []*heat) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%-15s %-22s %4s %10s %10s %11s  %s\n%s\n", "capture", "program", "runs", "CPU", "wall", "memory", "CPU / ours", strings.Repeat("-", 94))
	for _, h := range all {
		for i, r := range h.rivals {
			fmt.Fprintf(&t, "%-15s %-22s %4d %10s %10s %7.1f MiB  %6.2f %s\n", h.capture, r.name, len(r.cpu),
				short(middle(r.cpu)), short(middle(r.wall)), mebibytes(r.memory), 1/max(h.ratio(i, cpuOf), 1e-9), r.problem)
		}
	}
	return t.String()
}

func mebibytes(n int64) float64 { return float64(n) / (1 << 20) }
