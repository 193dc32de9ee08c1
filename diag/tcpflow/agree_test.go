package tcpflow_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"faultline/diag/tcpflow"
	"faultline/platform/packet"
)

// follow runs the engine over a capture file.
func follow(t testing.TB, file string) *tcpflow.Report {
	t.Helper()
	e := tcpflow.New(tcpflow.Settings{Seed: 1})
	src := open(t, file)
	defer src.Close()
	b := &packet.Batch{}
	for {
		err := src.Read(context.Background(), b)
		e.Feed(b)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Logf("%s: %v", filepath.Base(file), err)
			break
		}
	}
	return e.Finish()
}

// agreement counts equal and compared values by name.
type agreement struct {
	equal, all map[string]int
	differ     []string
}

func (a *agreement) value(file string, stream int, name, got, want string) {
	a.all[name]++
	if got == want {
		a.equal[name]++
		return
	}
	a.differ = append(a.differ, fmt.Sprintf("%s stream %d %s: got %s want %s", file, stream, name, got, want))
}

// compare holds the streams of the engine against tshark's, by first frame.
func (a *agreement) compare(file string, r *tcpflow.Report, facts []*fact) {
	mine := map[int]tcpflow.Stream{}
	for s := range r.All() {
		mine[s.FirstFrame] = s
	}
	facts = slices.DeleteFunc(facts, func(f *fact) bool { return f == nil })
	a.value(file, -1, "streams", fmt.Sprint(r.Streams), fmt.Sprint(len(facts)))
	for i, f := range facts {
		s, ok := mine[f.firstFrame]
		if !ok {
			a.value(file, i, "stream", "none", fmt.Sprintf("%v at frame %d", f.ends, f.firstFrame))
			continue
		}
		a.value(file, i, "stream", "there", "there")
		want, got := f.values(), ours(&s, f.ends)
		for _, name := range slices.Sorted(maps.Keys(want)) {
			a.value(file, i, name, got[name], want[name])
		}
	}
}

func newAgreement() *agreement {
	return &agreement{equal: map[string]int{}, all: map[string]int{}}
}

func (a *agreement) String() string {
	b := &strings.Builder{}
	for _, name := range slices.Sorted(maps.Keys(a.all)) {
		fmt.Fprintf(b, "%-26s %6d of %6d  %6.2f %%\n", name, a.equal[name], a.all[name], 100*float64(a.equal[name])/float64(a.all[name]))
	}
	return b.String()
}

// TestLive compares with tshark, run now over every capture of a folder.
func TestLive(t *testing.T) {
	folder := os.Getenv("FAULTLINE_TSHARK")
	if folder == "" {
		t.Skip("FAULTLINE_TSHARK names no folder of captures")
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.pcap*"))
	a := newAgreement()
	for _, file := range files {
		a.compare(filepath.Base(file), follow(t, file), ask(t, file))
	}
	t.Logf("\n%s%s", a, strings.Join(a.differ, "\n"))
}

// TestChaos compares with tshark on packets that no stack would send.
func TestChaos(t *testing.T) {
	if os.Getenv("FAULTLINE_TSHARK") == "" {
		t.Skip("FAULTLINE_TSHARK is not set")
	}
	a := newAgreement()
	snap, _ := strconv.Atoi(os.Getenv("SNAP"))
	for seed := range uint64(60) {
		c := chaos(seed, 3000, snap, os.Getenv("QUOTES") != "")
		file := c.write(t, fmt.Sprintf("chaos%d.pcap", seed))
		a.compare(filepath.Base(file), follow(t, file), ask(t, file))
	}
	t.Logf("\n%s%s", a, strings.Join(a.differ[:min(len(a.differ), 40)], "\n"))
}
