package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// Machines without Wi-Fi have no adapter to tell, or no service to ask.
func TestWirelessIsAsked(t *testing.T) {
	got, err := links{}.Wireless(t.Context(), platform.Reading{})
	if err != nil && !errors.Is(err, platform.ErrUnsupported) && !errors.Is(err, platform.ErrPermission) {
		t.Errorf("got %v", err)
	}
	for _, w := range got {
		if w.Link == 0 || w.Name == "" || w.State == "" {
			t.Errorf("got %+v want an adapter, its name and its state", w)
		}
	}
}
