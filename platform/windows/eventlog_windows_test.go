package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// Where the log is not served, as under Wine, that is no empty log.
func TestEventLogIsRead(t *testing.T) {
	got, err := logs{}.Recent(t.Context(), platform.Reading{})
	switch {
	case errors.Is(err, platform.ErrUnsupported), errors.Is(err, platform.ErrPermission):
	case err != nil:
		t.Errorf("got %v", err)
	case got.Window != logWindow:
		t.Errorf("got %+v want the window", got)
	}
	t.Logf("%+v, %v", got, err)
}
