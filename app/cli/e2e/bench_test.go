//go:build e2e && linux

package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/platform/linux/netlab"
)

// goals of a diagnosis.
const (
	goalStart  = 50 * time.Millisecond
	goalMemory = 40 << 20
	goalMedian = 4 * time.Second
	goalWorst  = 10 * time.Second
)

// answered is the time that a diagnosis may take at a round trip.
func answered(rtt time.Duration) time.Duration { return 5*rtt + 300*time.Millisecond }

// measured is what one run took.
type measured struct {
	whole, first time.Duration // until its end, until its first output
	memory       int64         // resident at most, in bytes
}

// measure runs the program as an ordinary user.
func measure(b *testing.B, w *netlab.World, target string) (m measured) {
	b.Helper()
	cmd := w.Command(b.Context(), netlab.Nobody, program, "check", target)
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := bufio.NewReader(out)
		if _, err := r.ReadByte(); err == nil {
			m.first = time.Since(begun)
		}
		_, _ = io.Copy(io.Discard, r)
	}()
	ended := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- resident(cmd, ended) }()
	_ = cmd.Wait() // a verdict is an exit code
	m.whole = time.Since(begun)
	close(ended)
	in.Close()
	<-done
	m.memory = <-peak
	return m
}

// resident is the most memory that a process held since it became the program
// under test. getrusage(2) would count what the test held when it forked (the
// mark outlives execve, fs/exec.c).
func resident(cmd *exec.Cmd, ended chan struct{}) (peak int64) {
	name := "Name:\t" + filepath.Base(cmd.Args[0]) + "\n"
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ended:
			return peak
		case <-look.C:
		}
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
		if err != nil || !strings.HasPrefix(string(raw), name) {
			continue
		}
		var kilobytes int64
		_, rest, _ := strings.Cut(string(raw), "VmHWM:")
		if _, err := fmt.Sscan(rest, &kilobytes); err == nil {
			peak = max(peak, kilobytes<<10)
		}
	}
}

// row is one line of the table.
type row struct {
	what    string
	rtt     time.Duration
	median  time.Duration
	worst   time.Duration
	goal    time.Duration
	memory  int64
	samples int
}

const samples = 5

func bench(b *testing.B, what string, rtt time.Duration, goal time.Duration, set func(s *scene) string) row {
	b.Helper()
	w := netlab.New(b, seedOf(what, int(rtt)), netlab.Options{RTT: rtt, Family: netlab.V4, Ping: netlab.No})
	s := &scene{World: w, t: b}
	target := set(s)
	r := row{what: what, rtt: rtt, goal: goal}
	var all []time.Duration
	for range samples {
		m := measure(b, w, target)
		all, r.memory = append(all, m.whole), max(r.memory, m.memory)
	}
	slices.Sort(all)
	r.median, r.worst, r.samples = all[len(all)/2], all[len(all)-1], len(all)
	return r
}

// BenchmarkAll measures everything once and prints one table. What it reports
// as time is the median of the silent faults.
func BenchmarkAll(b *testing.B) {
	var rows []row
	for _, rtt := range []time.Duration{1, 20, 100, 300} {
		rtt *= time.Millisecond
		rows = append(rows,
			bench(b, "healthy", rtt, answered(rtt), func(s *scene) string { return s.web() }),
			bench(b, "healthy, TLS", rtt, answered(rtt), func(s *scene) string { return s.secure(netlab.TLS{}) }),
			bench(b, "refused", rtt, answered(rtt), func(s *scene) string { return s.URL("http") }),
			bench(b, "no such name", rtt, answered(rtt), func(s *scene) string { return "http://x" + s.Name + "/" }))
	}
	silence := silents(b)
	rows = append(rows, silence...)
	first := start(b, program, "version")
	progress := firstProgress(b)
	b.ReportMetric(0, "ns/op")
	fmt.Print("\n" + side(rows))
	medians := make([]time.Duration, 0, len(silence))
	worst := time.Duration(0)
	memory := int64(0)
	for _, r := range rows {
		memory = max(memory, r.memory)
	}
	for _, r := range silence {
		medians, worst = append(medians, r.median), max(worst, r.worst)
	}
	slices.Sort(medians)
	fmt.Printf("%-34s %8s  goal %s\n", "silent faults, median", short(medians[len(medians)/2]), short(goalMedian))
	fmt.Printf("%-34s %8s  goal %s\n", "silent faults, longest", short(worst), short(goalWorst))
	fmt.Printf("%-34s %8s  goal %s\n", "version, start to first output", short(first), short(goalStart))
	fmt.Printf("%-34s %8s  goal %s\n", "check, start to first progress", short(progress), short(goalStart))
	fmt.Printf("%-34s %5.1f MiB  goal %d MiB\n\n", "peak memory of a check", float64(memory)/(1<<20), goalMemory>>20)
}

// silents are the faults in which nothing comes back.
func silents(b *testing.B) (rows []row) {
	faults := []struct {
		what string
		set  func(s *scene) string
	}{
		{"cable out", func(s *scene) string { url := s.web(); s.PullCable(); return url }},
		{"gateway silent", func(s *scene) string { url := s.web(); s.SilenceGateway(); return url }},
		{"name server silent", behaving(netlab.Manner{Mode: netlab.Mute})},
		{"port dropped by the server", func(s *scene) string { s.Drop(s.Server, s.Port); return s.web() }},
		{"everything dropped", func(s *scene) string { s.DropAll(last(s), s.Server.V4); return s.web() }},
		{"own filter drops", func(s *scene) string { s.Drop(s.Client, s.Port); return s.web() }},
		{"handshake stalls", secured(netlab.TLS{Handshake: netlab.Stalls})},
		{"service silent", serving(netlab.Service{Does: netlab.SilentAfter})},
	}
	for _, f := range faults {
		rows = append(rows, bench(b, f.what, 20*time.Millisecond, goalWorst, f.set))
	}
	return rows
}

// start measures from exec to the first byte, on this machine itself: the way
// into a namespace costs more than the program.
func start(b *testing.B, args ...string) time.Duration {
	b.Helper()
	var all []time.Duration
	for range 20 {
		all = append(all, firstByte(b, args...))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// firstProgress asks for a target on loopback, so that nothing leaves this
// machine; that it is refused does not matter.
func firstProgress(b *testing.B) time.Duration {
	return start(b, program, "check", "127.0.0.1:1")
}

func firstByte(b *testing.B, args ...string) time.Duration {
	b.Helper()
	out := &stamp{}
	cmd := command(b, args...)
	cmd.Stdout, cmd.Stderr = out, out
	begun := time.Now()
	_ = cmd.Run() // a verdict is an exit code
	if out.at.IsZero() {
		b.Fatalf("%v printed nothing", args)
	}
	return out.at.Sub(begun)
}

// side sets the rows beside each other.
func side(rows []row) string {
	var t bytes.Buffer
	fmt.Fprintf(&t, "%-28s %8s %9s %9s %9s %9s\n%s\n", "what", "RTT", "median", "longest", "goal", "memory", strings.Repeat("-", 78))
	for _, r := range rows {
		mark := ""
		if r.median > r.goal {
			mark = "  over"
		}
		fmt.Fprintf(&t, "%-28s %8s %9s %9s %9s %5.1f MiB%s\n", r.what, short(r.rtt), short(r.median), short(r.worst), short(r.goal), float64(r.memory)/(1<<20), mark)
	}
	return t.String()
}

func short(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
