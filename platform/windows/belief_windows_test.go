package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// What Wine would tell is made up (TestMadeUpIsLeftOut).
func TestNetworkListIsAsked(t *testing.T) {
	got, err := askNetworkList()
	if err != nil && !errors.Is(err, platform.ErrUnsupported) || err == nil && (got == nil || got.IPv4 == "" || got.IPv6 == "") {
		t.Errorf("got %+v, %v want words for both families, or that it is not here", got, err)
	}
	t.Logf("%+v, %v", got, err)
}
