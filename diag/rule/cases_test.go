package rule_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/diag/rule"
	"faultline/platform"
	"faultline/platform/tape"
)

const caseDir = "../testdata/cases"

// replayed is a recorded run and what must come of it.
type replayed struct {
	name  string
	about struct {
		Of   catalog.Code
		Near bool
	}
	want struct {
		Code       catalog.Code
		Party      catalog.Party
		Confidence string
		Notes      []catalog.Code
	}
	lines []tape.Line
	begin struct {
		Target   diag.Target
		Thorough bool
		Trace    bool
		Seed     uint64
	}
	at time.Time
}

// cases reads every recorded case.
func cases(t *testing.T) (all []*replayed) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(caseDir, "*", "*", "calls.jsonl"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no case in %s: %v", caseDir, err)
	}
	for _, file := range files {
		c := &replayed{name: filepath.Base(filepath.Dir(filepath.Dir(file))) + "/" + filepath.Base(filepath.Dir(file))}
		decode(t, filepath.Join(filepath.Dir(file), "case.json"), &c.about)
		decode(t, filepath.Join(filepath.Dir(file), "want.json"), &c.want)
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.lines, err = tape.Read(bytes.NewReader(raw)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		c.start(t)
		all = append(all, c)
	}
	return all
}

func decode(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
}

// start finds what the run began with: its first decision.
func (c *replayed) start(t *testing.T) {
	t.Helper()
	for _, l := range c.lines {
		var q platform.DecisionAsk
		if l.Method == "decisions.decide" && json.Unmarshal(l.Ask, &q) == nil && q.Key == "session" {
			if err := json.Unmarshal(l.Answer, &c.begin); err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			c.at = l.At
			return
		}
	}
	t.Fatalf("%s does not say what was asked for", c.name)
}

func (c *replayed) run(t *testing.T, lines []tape.Line, without ...diag.ID) diag.Result {
	return diag.Run(t.Context(), tape.Play(lines), rule.Plan(), c.begin.Target, diag.Options{
		Now: func() time.Time { return c.at }, Replay: true,
		Thorough: c.begin.Thorough, Trace: c.begin.Trace, Seed: c.begin.Seed, Without: without,
		Asked: func(id diag.ID) []string { return tape.Asked(lines, string(id)) },
	})
}

// side calls f with each case, several at once.
func side(all []*replayed, f func(c *replayed)) {
	var wait sync.WaitGroup
	for _, c := range all {
		wait.Go(func() { f(c) })
	}
	wait.Wait()
}

func notes(v diag.Verdict) []catalog.Code {
	out := []catalog.Code{}
	for _, n := range v.Also {
		out = append(out, n.Code)
	}
	slices.Sort(out)
	return out
}

func TestCases(t *testing.T) {
	side(cases(t), func(c *replayed) {
		res := c.run(t, c.lines)
		v := res.Verdict
		if len(res.Broken) > 0 {
			t.Errorf("%s: broken: %q", c.name, res.Broken)
		}
		if v.Code != c.want.Code || v.Party != c.want.Party || v.Confidence.String() != c.want.Confidence {
			t.Errorf("%s: got %s (%s, %v), want %s (%s, %s)", c.name, v.Code, v.Party, v.Confidence, c.want.Code, c.want.Party, c.want.Confidence)
		}
		if got := slices.Compact(notes(v)); !slices.Equal(got, slices.Compact(slices.Clone(c.want.Notes))) {
			t.Errorf("%s: got notes %v, want %v", c.name, got, c.want.Notes)
		}
	})
}

// TestPairs: each code that can be told has a case that yields it and a near
// miss that does not.
func TestPairs(t *testing.T) {
	yields, misses := map[catalog.Code]bool{}, map[catalog.Code]bool{}
	for _, c := range cases(t) {
		yields[c.want.Code] = true
		if c.about.Near && c.want.Code != c.about.Of {
			misses[c.about.Of] = true
		}
	}
	for _, code := range told() {
		if !yields[code] && unheardOf[code] == "" {
			t.Errorf("%s has no case that yields it", code)
		}
		if !misses[code] && unheardOf[code] == "" {
			t.Errorf("%s has no near miss", code)
		}
		if yields[code] && unheardOf[code] != "" {
			t.Errorf("%s has a case by now: take it off the list", code)
		}
	}
}

// unheardOf are codes that the lab cannot make a case of, and why.
var unheardOf = map[catalog.Code]string{
	"wifi.weak":            "the lab has no Wi-Fi, see TestWireless",
	"wifi.auth-failed":     "the lab has no Wi-Fi and no log of its own, see TestLogged",
	"address.dhcp-refused": "the lab has no log of its own, see TestLogged",
	"link.errors":          "no adapter of the lab damages frames, see TestDamaged",
	"local.os-blocked":     "a network namespace cannot forbid a program to connect",
	"tls.wrong-clock":      "a network namespace has no clock of its own",
}

// told are the codes that decide and that any check or rule may tell.
func told() (codes []catalog.Code) {
	plan := rule.Plan()
	add := func(tells []catalog.Code) {
		for _, c := range tells {
			if w := plan.Catalog[c].Weight; w != catalog.Notes && !slices.Contains(codes, c) {
				codes = append(codes, c)
			}
		}
	}
	for _, n := range plan.Checks {
		add(n.Tells())
	}
	for _, r := range plan.Rules {
		add(r.Tells)
	}
	return codes
}

// unknown calls f with the verdict after each line in turn was made unknown.
func (c *replayed) unknown(t *testing.T, f func(l tape.Line, v diag.Verdict)) {
	for _, l := range c.lines {
		var q platform.DecisionAsk
		if l.Of != 0 || l.Method == "decisions.decide" && json.Unmarshal(l.Ask, &q) == nil && q.Key == "session" {
			continue
		}
		f(l, c.run(t, tape.Blank(c.lines, l.N)).Verdict)
	}
}

func describe(l tape.Line) string { return fmt.Sprintf("call %d (%s by %s)", l.N, l.Method, l.By) }

// TestBlindfold: replacing a recorded answer by unknown never makes the same
// verdict surer, and never makes another fault certain. A verdict that knows
// of no fact that is missing holds without it.
func TestBlindfold(t *testing.T) {
	side(cases(t), func(c *replayed) {
		all := c.run(t, c.lines)
		whole, decisive := all.Verdict, false
		seen := func(code catalog.Code) bool { // a consequence that was hidden, and is true
			return slices.ContainsFunc(all.Judgement.Findings, func(f diag.Finding) bool { return f.Code == code && f.Direct })
		}
		c.unknown(t, func(l tape.Line, v diag.Verdict) {
			switch {
			case v.Code == whole.Code && v.Confidence > whole.Confidence:
				t.Errorf("%s without %s: %s is %v, and was %v", c.name, describe(l), v.Code, v.Confidence, whole.Confidence)
			case v.Code != whole.Code && v.Code != diag.OK && v.Confidence == catalog.Proven && !seen(v.Code):
				t.Errorf("%s without %s: %s is proven, and it was %s", c.name, describe(l), v.Code, whole.Code)
			}
			decisive = decisive || v.Code != whole.Code
		})
		if !c.about.Near && !decisive {
			t.Errorf("%s: no call whose absence changes the verdict %s", c.name, whole.Code)
		}
	})
}

// TestWithoutACheck: every check matters to some case, and none makes another
// run surer by its absence.
func TestWithoutACheck(t *testing.T) {
	all := cases(t)
	for _, n := range check.All() {
		var mu sync.Mutex
		matters := false
		side(all, func(c *replayed) {
			whole, less := c.run(t, c.lines), c.run(t, c.lines, n.ID())
			if less.Verdict.Code == whole.Verdict.Code && less.Verdict.Confidence > whole.Verdict.Confidence {
				t.Errorf("%s without %s: %v, and was %v", c.name, n.ID(), less.Verdict.Confidence, whole.Verdict.Confidence)
			}
			mu.Lock()
			matters = matters || gist(less.Verdict) != gist(whole.Verdict)
			mu.Unlock()
		})
		if !matters && !silently[n.ID()] {
			t.Errorf("%s: no case changes without it", n.ID())
		}
	}
}

// silently are checks whose line alone matters, or that no case was recorded with,
// see unheardOf.
var silently = map[diag.ID]bool{
	"files.read": true, "firewall.trace": true, "links.steady": true, "logs.recent": true,
}

func gist(v diag.Verdict) string {
	return fmt.Sprint(v.Code, v.Confidence, v.Untested, notes(v), v.Rejected, v.Args)
}

// TestClutter: adapters and routes that have nothing to do with the target
// change nothing.
func TestClutter(t *testing.T) {
	side(cases(t), func(c *replayed) {
		if slices.Contains([]catalog.Layer{catalog.Link, catalog.Address}, catalog.All()[c.want.Code].Layer) || c.want.Code == "gateway.none" {
			return // another adapter is another story there
		}
		whole := c.run(t, c.lines).Verdict
		lines := tape.Edit(c.lines, "links.all", appending(platform.Link{Index: 990, Name: "br-990", Kind: platform.Bridge, Up: true, Carrier: platform.No,
			Addresses: []platform.Address{{Prefix: netip.MustParsePrefix("172.31.254.1/24")}}}, platform.Link{Index: 991, Name: "spare991", Kind: platform.Ethernet}))
		lines = tape.Edit(lines, "routes.all", appending(platform.Route{Dst: netip.MustParsePrefix("172.31.254.0/24"), Link: 990, LinkName: "br-990", Kind: platform.Unicast, Table: 254}))
		if v := c.run(t, lines).Verdict; v.Code != whole.Code || v.Confidence != whole.Confidence {
			t.Errorf("%s with clutter: got %s (%v), want %s (%v)", c.name, v.Code, v.Confidence, whole.Code, whole.Confidence)
		}
	})
}

// appending adds to what a listing answered.
func appending[T any](more ...T) func(_, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
	return func(_, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
		var all []T
		if p != nil || json.Unmarshal(answer, &all) != nil {
			return answer, p
		}
		text, err := json.Marshal(append(all, more...))
		if err != nil {
			return answer, p
		}
		return text, nil
	}
}
