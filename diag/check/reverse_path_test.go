package check

import (
	"testing"

	"faultline/platform"
)

func TestFollows(t *testing.T) {
	for _, c := range []struct {
		name   string
		rounds []DroppedRound
		want   platform.Tri
	}{
		{"with each burst", []DroppedRound{{6, 6, 0}, {6, 6, 0}}, platform.Yes},
		{"and repeated handshakes", []DroppedRound{{6, 6, 3}, {6, 7, 0}}, platform.Yes},
		{"all the time", []DroppedRound{{6, 12, 12}, {6, 11, 13}}, platform.Unknown},
		{"in every rest too", []DroppedRound{{6, 8, 2}, {6, 8, 2}}, platform.Unknown},
		{"less than was sent", []DroppedRound{{6, 6, 0}, {6, 3, 0}}, platform.Unknown},
		{"one packet is no burst", []DroppedRound{{1, 1, 0}, {1, 1, 0}}, platform.Unknown},
		{"never", []DroppedRound{{6, 0, 0}, {6, 0, 0}}, platform.No},
		{"not measured", nil, platform.Unknown},
	} {
		if got := (Dropped{Rounds: c.rounds}).Follows(); got != c.want {
			t.Errorf("%s: got %v want %v", c.name, got, c.want)
		}
	}
}

func TestStrictReversePath(t *testing.T) {
	settings := func(all, one string) platform.SettingFacts {
		v := func(s string) map[string]string { return map[string]string{"rp_filter": s} }
		return platform.SettingFacts{Links: []platform.LinkSettings{{Link: "all", Values: v(all)}, {Link: "default", Values: v("1")}, {Link: "x0", Values: v(one)}}}
	}
	for _, c := range []struct {
		all, one string
		want     bool
	}{{"0", "1", true}, {"1", "0", true}, {"2", "1", false}, {"1", "2", false}, {"0", "0", false}, {"", "", false}} {
		if got := strictReversePath(settings(c.all, c.one), "x0"); got != c.want {
			t.Errorf("all %q, x0 %q: got %v want %v", c.all, c.one, got, c.want)
		}
	}
}
