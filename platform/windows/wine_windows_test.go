package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// notFaked skips what a test would take from Wine for an answer.
func notFaked(t *testing.T, method, part string) {
	t.Helper()
	if !isMadeUp(method, part) {
		t.Fatalf("%s, %s: got no such part in the list", method, part)
	}
	if underWine() {
		t.Skipf("Wine makes it up: %s, %s", method, part)
	}
}

// TestMadeUpIsLeftOut: no answer has what Wine makes up and what can be left out.
func TestMadeUpIsLeftOut(t *testing.T) {
	if !underWine() {
		return // everything is Windows' own
	}
	h := New()
	if s, err := h.System.Describe(t.Context(), platform.Reading{}); err != nil || s.Elevated || s.Release != "Wine" || s.Kernel != "" {
		t.Errorf("system: got %+v, %v", s, err)
	}
	if s, err := h.Settings.Read(t.Context(), platform.Reading{}); err != nil || s.Believes != nil {
		t.Errorf("settings: got %+v, %v", s, err)
	}
	if w, err := h.Links.Wireless(t.Context(), platform.Reading{}); !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("wireless: got %+v, %v", w, err)
	}
	open := tcpPeer(t)
	if l, err := h.Sockets.Listeners(t.Context(), platform.ListenersAsk{Ports: []uint16{open.Port()}}); err != nil || len(l.Listeners) != 1 ||
		!l.Listeners[0].Hidden || len(l.Listeners[0].Owners) != 0 {
		t.Errorf("listeners: got %+v, %v want one whose program is not seen", l, err)
	}
	rows, err := h.System.Mechanisms(t.Context(), platform.Reading{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range rows {
		if m.Faked != "" && m.Tried == "" {
			t.Errorf("%s: got %+v want it to be no proof", m.Method, m)
		}
	}
}
