//go:build e2e && linux && wine

package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
	"faultline/platform/linux/netlab"
)

// alike are stories that both programs must tell by the same code in the same
// world.
var alike = []string{
	"something listens", // healthy
	"certificate valid",
	"nothing listens",
	"server drops the port",
	"everything to the server dropped",
	"a router prohibits",
	"a router without route",
	"a router says that the host is not there",
	"a router rejects IPv6",
	"a router without route, IPv6",
	"two routers send it to each other",
	"one of two addresses refuses",
	"own filter rejects the port",
	"a name that does not exist",
	"SERVFAIL",
	"name server mute",
	"the first name server gives a host that refuses",
	"certificate expired",
	"certificate of another name",
	"authority that nobody knows",
	"intermediate not sent",
	"handshake never ends",
	"web server without TLS",
	"takes the request and says nothing",
	"closes after the request",
	"resets after the request",
	"large packets vanish",
	"large packets vanish, no ping",
	"large packets vanish, nothing but the port answers",
	"large packets vanish, IPv6",
	"large packets vanish, and the page is large",
	"a server that ignores large pings and datagrams",
	"a narrow link that says so",
}

// less are stories of which Wine lets less be seen, what is told there, and why.
var less = map[string]struct {
	code catalog.Code
	why  string
}{
	"a router says that the host is not there": {"tcp.rejected", "it tells a connection's ICMP error to nobody (TCP_ICMP_ERROR_INFO), " +
		"and folds that of an echo: what a rule prohibits and what is not there are one IP_STATUS"},
	"a router without route, IPv6": {diag.Inconclusive, "it has no echo over IPv6 either"},
	"a router rejects IPv6": {"local.os-blocked", "Linux tells that ICMPv6 error as EACCES (net/ipv6/icmp.c), which it passes on as the " +
		"number with which Windows tells of its own filter (WSAEACCES)"},
	"own filter rejects the port": {diag.Inconclusive, "it tells nobody's ICMP error, this machine's neither, and shows no filter of Linux"},
}

func TestWineTellsWhatLinuxTells(t *testing.T) {
	for _, name := range alike {
		if !slices.ContainsFunc(stories(), func(s story) bool { return s.name == name }) {
			t.Errorf("got no story %q", name)
		}
	}
	for name, l := range less {
		if !slices.Contains(alike, name) || l.code == "" || l.why == "" {
			t.Errorf("%q: got %+v, want a story of the list, a code and a reason", name, l)
		}
	}
	for _, s := range stories() {
		if !chosen(s) {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			sc, target := staged(t, s, seedOf(s.name, 0))
			x := underWine(t, sc.World)
			differ := x.differs(t, s, sc, target)
			if differ != "" { // what is slow at times is no difference
				t.Logf("once only: %s", differ)
				differ = x.differs(t, s, sc, target)
			}
			if differ != "" {
				t.Error(differ)
			}
		})
	}
}

// differs says how what the program for Windows tells differs from what is
// wanted, "" where it does not.
func (x *wine) differs(t *testing.T, s story, sc *scene, target string) string {
	t.Helper()
	native, r := look(t, sc.World, netlab.Root, target, nil, nil), x.look(t, target)
	t.Logf("Linux %.1f s, Wine %.1f s", native.wall.Seconds(), r.wall.Seconds())
	want := cmp.Or(less[s.name].code, native.report.Verdict.Code)
	sure := r.report.Verdict.Confidence == "proven" || r.report.Verdict.Confidence == "likely"
	if r.report.Verdict.Code == want && !(less[s.name].code != "" && sure) {
		return ""
	}
	return fmt.Sprintf("%s: got %s (%s) under Wine, want %s; %s (%s) on Linux\n%s\n%s", target,
		r.report.Verdict.Code, r.report.Verdict.Confidence, want, native.report.Verdict.Code, native.report.Verdict.Confidence,
		checksOf(r.report), checksOf(native.report))
}

func chosen(s story) bool {
	if *only == "" {
		return slices.Contains(alike, s.name)
	}
	return strings.Contains(s.name+" "+string(s.of), *only)
}

// look runs the program under Wine.
func (x *wine) look(t *testing.T, target string) told {
	t.Helper()
	saved := filepath.Join(t.TempDir(), "run.zip")
	cmd := x.faultline(t.Context(), "check", "--json", "--save", saved, target)
	// Into files: what Wine starts beside the program would hold a pipe open.
	out, complaint := filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "complaint")
	cmd.Stdout, cmd.Stderr = created(t, out), created(t, complaint)
	begun := time.Now()
	err := cmd.Run()
	r := told{wall: time.Since(begun), exit: cmd.ProcessState.ExitCode()}
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("running the program under Wine: %v", err)
	}
	r.report = document(t, content(t, out), string(content(t, complaint)))
	r.saved = saved
	return r
}

func created(t *testing.T, path string) *os.File {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWineJudgesAlike: what was recorded on either system gives the same report,
// byte for byte, on both.
func TestWineJudgesAlike(t *testing.T) {
	w := netlab.New(t, seedOf(t.Name(), 0), netlab.Options{})
	sc := &scene{World: w, t: t}
	target := sc.secure(netlab.TLS{Cert: netlab.Expired})
	x := underWine(t, w)
	for system, saved := range map[string]string{
		"Linux":   look(t, w, netlab.Root, target, nil, nil).saved,
		"Windows": x.look(t, target).saved,
	} {
		for _, form := range [][]string{{"--json"}, {"--lang", "zh-Hans", "--verbose"}} {
			args := append([]string{"bundle", "open", saved}, form...)
			here := printed(t, exec.CommandContext(t.Context(), program, args...))
			there := printed(t, x.faultline(t.Context(), args...))
			if here != there {
				t.Errorf("recorded on %s, %v: got under Wine\n%s\nwant as on Linux\n%s", system, form, there, here)
			}
		}
	}
}

// printed is what a program writes into a pipe, and its exit code.
func printed(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); cmd.ProcessState == nil || out.Len() == 0 {
		t.Fatalf("running %v: got no answer: %v: %s", cmd.Args, err, complaint.String())
	}
	return fmt.Sprintf("%sexit code %d", out.String(), cmd.ProcessState.ExitCode())
}

// TestWineReaderGone: a reader that went away is no failure to complain of.
func TestWineReaderGone(t *testing.T) {
	x := underWine(t, netlab.New(t, seedOf(t.Name(), 0), netlab.Options{}))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	cmd := x.faultline(t.Context(), "mechanisms", "--json")
	var complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &complaint
	_ = cmd.Run()
	w.Close()
	if complaint.Len() > 0 {
		t.Errorf("got %q, want no word", complaint.String())
	}
}

// TestWineMechanisms keeps the list of what the host for Windows can do under
// Wine, which is what these tests can tell of it: how each method stands, how far
// it was tried, and what of its answers Wine makes up.
func TestWineMechanisms(t *testing.T) {
	x := underWine(t, netlab.New(t, seedOf(t.Name(), 0), netlab.Options{}))
	out, err := x.faultline(t.Context(), "mechanisms", "--json").Output()
	if err != nil {
		t.Fatalf("listing the mechanisms: %v", err)
	}
	var told []platform.Mechanism
	if err := json.Unmarshal(out, &told); err != nil {
		t.Fatalf("reading %s: %v", out, err)
	}
	var got strings.Builder
	for _, m := range told {
		fmt.Fprintf(&got, "%-20s %-12s %-7s %s\n", m.Method, m.State, cmp.Or(m.Tried, "-"), cmp.Or(m.Faked, "-"))
	}
	want, err := os.ReadFile("testdata/wine-mechanisms.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
