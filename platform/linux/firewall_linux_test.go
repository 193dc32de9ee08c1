package linux

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

// TestFirewallRules reads rules of each store in a namespace of its own.
func TestFirewallRules(t *testing.T) {
	l := newLab(t)
	read := func() (set platform.RuleSet) {
		t.Helper()
		l.in(l.client, func() {
			var err error
			if set, err = (firewall{}).Rules(within(t, 10*time.Second), platform.RuleAsk{}); err != nil {
				t.Errorf("got %v", err)
			}
		})
		return set
	}
	if got := read(); len(got.Chains) != 0 || len(got.Unread) != 0 {
		t.Errorf("without rules: got %+v", got)
	}
	l.in(l.client, func() {
		nft(t, chain("output", "tcp dport 90 counter drop", "meta skuid 12 accept"))
		if path := executable([]string{"/usr/sbin/iptables-legacy"}); path != "" {
			if out, err := exec.Command(path, "-A", "INPUT", "-s", "192.0.2.7", "-j", "DROP").CombinedOutput(); err != nil {
				t.Skipf("%v: %s", err, out)
			}
		}
	})
	got := read()
	var texts []string
	for _, c := range got.Chains {
		for _, r := range c.Rules {
			texts = append(texts, fmt.Sprint(c.Store, c.Hook, r.Verdict, r.Text, len(r.Matches)))
		}
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{"nftablesoutputdroptcp dport 90 counter drop2", "nftablesoutputacceptmeta skuid 12 accept1", "iptables-legacyinputdrop-A INPUT -s 192.0.2.7/32 -j DROP1"} {
		if !strings.Contains(all, want) && !(strings.HasPrefix(want, "iptables") && executable([]string{"/usr/sbin/iptables-legacy"}) == "") {
			t.Errorf("got\n%s\nwant %s in it", all, want)
		}
	}
}

// TestWatchFlow: the rule that drops is told by its handle, the answer's too, and
// nothing is left behind.
func TestWatchFlow(t *testing.T) {
	l := newLab(t)
	trace := func(to string, n, from uint16) (hits platform.RuleHits) {
		t.Helper()
		l.in(l.client, func() {
			ask := platform.FlowAsk{To: port(to, n), LocalPort: from, Limit: 50}
			tap, err := (firewall{}).WatchFlow(within(t, 5*time.Second), ask)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = dialer{}.TCP(within(t, 300*time.Millisecond), platform.DialAsk{To: ask.To, LocalPort: from})
			if hits, err = tap.Stop(within(t, 5*time.Second)); err != nil {
				t.Errorf("got %v", err)
			}
			again, _ := tap.Stop(within(t, 5*time.Second))
			if hits.Removed != platform.Yes || len(again.Hits) != len(hits.Hits) {
				t.Errorf("got %+v, then %+v want it removed, and the same twice", hits, again)
			}
		})
		return hits
	}
	l.in(l.client, func() {
		nft(t, chain("output", "tcp dport 90 drop"))
		nft(t, chain("input", "tcp sport 91 drop"))
	})
	for _, c := range []struct {
		to    string
		port  uint16
		reply bool
		drops bool
	}{{serverIP, 90, false, true}, {serverIP6, 90, false, true}, {serverIP, 91, true, true}, {serverIP6, 91, true, true}, {serverIP, 92, false, false}} {
		hits := trace(c.to, c.port, 61000+c.port)
		drops, replies := 0, 0
		for _, h := range hits.Hits {
			if h.Verdict == platform.RuleDrop && h.Handle > 0 {
				drops++
			}
			if h.Reply && h.Verdict == platform.RuleDrop {
				replies++
			}
		}
		if (drops > 0) != c.drops || (replies > 0) != c.reply {
			t.Errorf("%s port %d: got %+v", c.to, c.port, hits.Hits)
		}
	}
}

// TestWatchFlowGoesWithItsProcess: a process that is killed leaves no table behind.
func TestWatchFlowGoesWithItsProcess(t *testing.T) {
	if os.Getenv("TRACE_AND_WAIT") != "" {
		_, err := (firewall{}).WatchFlow(t.Context(), platform.FlowAsk{To: port("192.0.2.1", 1), LocalPort: 61001, Limit: 1})
		fmt.Println("armed", err)
		time.Sleep(time.Minute)
	}
	l := newLab(t)
	l.in(l.client, func() {
		cmd := exec.Command(os.Args[0], "-test.run=^TestWatchFlowGoesWithItsProcess$", "-test.v")
		cmd.Env = append(os.Environ(), "TRACE_AND_WAIT=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := make([]byte, 200)
		for n := 0; !strings.Contains(string(said), "armed") && n < len(said); {
			m, err := out.Read(said[n:])
			if n += m; err != nil {
				break
			}
		}
		if n, err := nftTableCount(t.Context()); err != nil || n != 1 {
			t.Errorf("while it traces: got %d tables, %v want its own (%s)", n, err, said)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if n, err := nftTableCount(t.Context()); err != nil || n != 0 {
			t.Errorf("after it was killed: got %d tables, %v want none", n, err)
		}
	})
}

func TestFirewallNeedsRights(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("for an ordinary user")
	}
	if _, err := (firewall{}).Rules(t.Context(), platform.RuleAsk{}); !errors.Is(err, platform.ErrPermission) {
		t.Errorf("got %v want %v", err, platform.ErrPermission)
	}
}
