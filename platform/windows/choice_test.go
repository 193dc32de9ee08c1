package windows

import (
	"net/netip"
	"testing"

	"faultline/platform"
)

// TestTheSystemsOwnChoice: the row that GetBestRoute2 tells gets what rows have
// from elsewhere.
func TestTheSystemsOwnChoice(t *testing.T) {
	all := []adapter{{index4: 4, name: "Ethernet", metric4: 25, status: operUp}}
	got := newRouting(nil, all, ipOfAdapters(all)).answer(platform.Route{
		Dst: netip.MustParsePrefix("0.0.0.0/0"), Gateway: netip.MustParseAddr("192.0.2.1"), Link: 4, Metric: 5,
	}, netip.MustParseAddr("192.0.2.7"))
	if got.Metric != 30 || got.LinkName != "Ethernet" || got.Kind != platform.Unicast || got.Down || got.Source.String() != "192.0.2.7" {
		t.Errorf("got %+v, want the metrics of both added up", got)
	}
}
