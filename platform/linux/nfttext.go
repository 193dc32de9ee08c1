package linux

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"faultline/platform"
)

// annotate adds to chains what only nft's own writing holds: the words of each
// rule, and the device that a chain is for.
func annotate(chains []platform.RuleChain, b []byte) {
	family, table, at := "", "", -1
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 3 && f[0] == "table" && !indented(line):
			family, table, at = f[1], f[2], -1
		case len(f) >= 2 && f[0] == "chain":
			at = slices.IndexFunc(chains, func(c platform.RuleChain) bool {
				return c.Family == family && c.Table == table && c.Name == f[1]
			})
		case at >= 0 && len(f) > 1 && f[0] == "type":
			chains[at].Devices = named(chains[at].Devices, line)
		case at >= 0:
			describe(&chains[at], line)
		}
	}
}

func indented(line string) bool { return strings.HasPrefix(line, "\t") || strings.HasPrefix(line, " ") }

// named are the devices of "hook egress device "lo" priority 0" or "devices = {
// a, b }".
func named(known []string, line string) []string {
	_, after, ok := strings.Cut(line, " device")
	if !ok || len(known) > 0 {
		return known
	}
	after, _, _ = strings.Cut(after, " priority")
	for _, w := range strings.FieldsFunc(after, func(r rune) bool { return strings.ContainsRune(" ={},\"", r) }) {
		if w != "s" { // of "devices"
			known = append(known, w)
		}
	}
	return known
}

// counts are what a rule's counter stood at.
var counts = regexp.MustCompile(`counter packets \d+ bytes \d+`)

// describe gives the rules of a handle their words.
func describe(c *platform.RuleChain, line string) {
	words, handle, ok := strings.Cut(strings.TrimSpace(line), " # handle ")
	n, err := strconv.Atoi(handle)
	if !ok || err != nil {
		return
	}
	for i := range c.Rules {
		if c.Rules[i].Handle == n && c.Rules[i].Text == "" {
			c.Rules[i].Text = shortened(counts.ReplaceAllString(words, "counter"))
		}
	}
}

// readForeign takes the matches of rules that were made by the iptables tool from
// its own listing: nft shows their extensions as names only. Rules correspond by
// their place.
func (t *nftTables) readForeign(family string, saved []platform.RuleChain) {
	for i := range t.set.Chains {
		c := &t.set.Chains[i]
		j := slices.IndexFunc(saved, func(s platform.RuleChain) bool { return s.Table == c.Table && s.Name == c.Name })
		if !t.foreign[i] || c.Family != family || j < 0 || len(saved[j].Rules) != len(c.Rules) {
			continue
		}
		for k, r := range saved[j].Rules {
			r.Handle, r.Packets = c.Rules[k].Handle, c.Rules[k].Packets
			c.Rules[k] = r
		}
	}
}

// hasForeign reports whether a family holds rules that nft cannot read.
func (t *nftTables) hasForeign(family string) bool {
	return slices.ContainsFunc(t.set.Chains, func(c platform.RuleChain) bool {
		return c.Family == family && t.foreign[slices.IndexFunc(t.set.Chains, func(d platform.RuleChain) bool {
			return d.Family == c.Family && d.Table == c.Table && d.Name == c.Name
		})]
	})
}
