package rule_test

import (
	"encoding/json"
	"testing"

	"faultline/diag/catalog"
	"faultline/platform"
	"faultline/platform/tape"
)

func caseNamed(t *testing.T, name string) *replayed {
	t.Helper()
	for _, c := range cases(t) {
		if c.name == name {
			return c
		}
	}
	t.Fatalf("no case %s", name)
	return nil
}

// answering replaces what was answered.
func answering[T any](change func(*T)) func(_, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
	return func(_, answer json.RawMessage, p *platform.Problem) (json.RawMessage, *platform.Problem) {
		var a T
		if json.Unmarshal(answer, &a) != nil {
			return answer, p
		}
		change(&a)
		text, _ := json.Marshal(a)
		return text, p
	}
}

func unreadable(_, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
	return nil, platform.ErrPermission
}

// TestForbidden: a connection that the system refuses by its number alone is no
// packet filter's doing, which lets the packet go and answers it.
func TestForbidden(t *testing.T) {
	c := caseNamed(t, "agent.blocks/a-vpn-lets-nothing-out")
	lines := tape.Edit(c.lines, "firewall.rules", unreadable)
	if v := c.run(t, lines).Verdict; v.Code != "firewall.local-out" || v.Confidence != catalog.Proven {
		t.Errorf("its own ICMP error: got %s (%v), want firewall.local-out, proven", v.Code, v.Confidence)
	}
	lines = tape.Edit(lines, "dialer.tcp", answering(func(d *platform.Dial) { d.ICMP = nil }))
	if v := c.run(t, lines).Verdict; v.Code != "local.os-blocked" || v.Confidence != catalog.Possible {
		t.Errorf("the number alone: got %s (%v), want local.os-blocked, possible", v.Code, v.Confidence)
	}
}

// TestRulesName: what the rules say is named only where it fits what was seen.
func TestRulesName(t *testing.T) {
	c := caseNamed(t, "firewall.local-out/iptables-drops-the-port")
	if v := c.run(t, c.lines).Verdict; v.Confidence != catalog.Proven || v.Args["rule"] == nil || v.Args["store"] != "nftables ip filter OUTPUT" {
		t.Errorf("got %v, %v", v.Confidence, v.Args)
	}
	each := func(change func(*platform.FilterRule)) []tape.Line {
		return tape.Edit(c.lines, "firewall.rules", answering(func(s *platform.RuleSet) {
			for i := range s.Chains {
				for j := range s.Chains[i].Rules {
					change(&s.Chains[i].Rules[j])
				}
			}
		}))
	}
	for name, lines := range map[string][]tape.Line{
		"another user's": each(func(r *platform.FilterRule) {
			r.Matches = append(r.Matches, platform.RuleMatch{Field: platform.MatchUID, Values: []string{"4711"}})
		}),
		"another verdict": each(func(r *platform.FilterRule) { r.Verdict = platform.RuleAccept }),
		"one that tells":  each(func(r *platform.FilterRule) { r.Verdict = platform.RuleReject }),
		"unreadable":      tape.Edit(c.lines, "firewall.rules", unreadable),
	} {
		if v := c.run(t, lines).Verdict; v.Args["rule"] != nil || v.Confidence == catalog.Proven {
			t.Errorf("%s: got %s (%v) by %v, want no rule named", name, v.Code, v.Confidence, v.Args["rule"])
		}
	}
}

// TestNoneOfTheRules: what the counters tell and no rule does is another
// mechanism's doing.
func TestNoneOfTheRules(t *testing.T) {
	c := caseNamed(t, "firewall.local-out/own-filter-drops-the-port")
	none := func(_, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
		return json.RawMessage(`{"via":["nftables"]}`), nil
	}
	v := c.run(t, tape.Edit(c.lines, "firewall.rules", none)).Verdict
	if v.Code != "firewall.local-out" || v.Confidence == catalog.Proven || v.Args["unseen"] == nil {
		t.Errorf("got %s (%v) with %v, want firewall.local-out by none of the rules", v.Code, v.Confidence, v.Args)
	}
}

// TestCountsAlone: without the rules, packets that came and were not delivered make
// it possible, and none of them excludes it.
func TestCountsAlone(t *testing.T) {
	c := caseNamed(t, "firewall.local-in/own-filter-drops-the-answers-of-the-port")
	unread := tape.Edit(c.lines, "firewall.rules", func(_, _ json.RawMessage, _ *platform.Problem) (json.RawMessage, *platform.Problem) {
		return nil, &platform.Problem{Code: platform.Permission}
	})
	if v := c.run(t, unread).Verdict; v.Code != "firewall.local-in" || v.Confidence != catalog.Possible {
		t.Errorf("got %s (%v), want firewall.local-in, possible", v.Code, v.Confidence)
	}
	delivered := tape.Edit(unread, "counters.read", answering(func(f *platform.CounterFacts) { f.Values["Ip.InDelivers"] = f.Values["Ip.InReceives"] }))
	if v := c.run(t, delivered).Verdict; v.Code == "firewall.local-in" {
		t.Errorf("all delivered: got %s (%v)", v.Code, v.Confidence)
	}
}
