package windows

import (
	"reflect"
	"testing"

	"faultline/platform"
)

func TestBelief(t *testing.T) {
	for _, c := range []struct {
		name       string
		bits       uint32
		categories []uint32
		want       platform.Belief
	}{
		{"disconnected", 0, nil, platform.Belief{IPv4: "none", IPv6: "none"}},
		{"both to the internet", 0x440, []uint32{1}, platform.Belief{IPv4: "internet", IPv6: "internet", Categories: []string{"private"}}},
		{"IPv4 local, IPv6 without traffic", 0x22, []uint32{0, 2}, platform.Belief{IPv4: "local", IPv6: "no-traffic", Categories: []string{"public", "domain"}}},
		{"subnets", 0x110, []uint32{0, 0}, platform.Belief{IPv4: "subnet", IPv6: "subnet", Categories: []string{"public"}}},
		{"the farthest counts", 0x371, nil, platform.Belief{IPv4: "internet", IPv6: "local"}},
		{"unknown category", 0x1, []uint32{7, 1 << 31}, platform.Belief{IPv4: "no-traffic", IPv6: "none"}},
	} {
		if got := belief(c.bits, c.categories); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: got %+v want %+v", c.name, *got, c.want)
		}
	}
}
