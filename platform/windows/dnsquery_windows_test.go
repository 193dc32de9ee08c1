package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// TestQueryOfDNS: whichever function is there answers, and an answer of the
// system says how DNS alone ended beside it.
func TestQueryOfDNS(t *testing.T) {
	q := query("no-such-name.invalid")
	if q.by == "" || q.number == 0 {
		t.Errorf("got %+v want how a function ended", q)
	}
	t.Logf("%+v", q)
	a, err := names{}.System(t.Context(), platform.NameAsk{Name: "no-such-name.invalid"})
	if err == nil || errors.Is(err, platform.ErrCanceled) {
		t.Errorf("got %+v, %v want no such name", a, err)
	}
	t.Logf("%+v %v", a, err)
}
