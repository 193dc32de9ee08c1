package windows

import (
	"slices"

	"faultline/platform"
)

// reach gives the bits of NLM_CONNECTIVITY (netlistmgr.h) for one family their
// words, the farthest first. The bits of IPv6 lie 4 further for all but the
// lowest, which lies 1 further.
func reach(bits uint32, family uint) string {
	for _, r := range []struct {
		bit  uint32
		word string
	}{
		{0x40 << (4 * family), "internet"},
		{0x20 << (4 * family), "local"},
		{0x10 << (4 * family), "subnet"},
		{0x01 << family, "no-traffic"},
	} {
		if bits&r.bit != 0 {
			return r.word
		}
	}
	return "none"
}

// networkCategories are the values of NLM_NETWORK_CATEGORY (netlistmgr.h).
var networkCategories = []string{"public", "private", "domain"}

// belief puts what the Network List Manager tells into the words of the port.
func belief(bits uint32, categories []uint32) *platform.Belief {
	b := &platform.Belief{IPv4: reach(bits, 0), IPv6: reach(bits, 1)}
	for _, c := range categories {
		if int64(c) < int64(len(networkCategories)) && !slices.Contains(b.Categories, networkCategories[c]) {
			b.Categories = append(b.Categories, networkCategories[c])
		}
	}
	return b
}
