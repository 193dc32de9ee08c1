package windows

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"faultline/platform"
)

// TestMadeUpIsDocumented: docs/PLATFORMS.md has the list as it is here.
func TestMadeUpIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/PLATFORMS.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, m := range madeUp {
		row := fmt.Sprintf("\n| `%s` | %s | %s | %s |", m.method, m.part, m.how, map[bool]string{true: "yes", false: "no"}[m.left])
		if !strings.Contains(string(text), row) {
			t.Errorf("got no row %s", row)
		}
	}
	_, section, _ := strings.Cut(string(text), "### What Wine makes up\n")
	section, _, _ = strings.Cut(section, "\n#")
	if rows = strings.Count(section, "\n| `"); rows != len(madeUp) {
		t.Errorf("got %d rows want %d", rows, len(madeUp))
	}
}

func TestWithMadeUp(t *testing.T) {
	got := withMadeUp([]platform.Mechanism{
		{Method: "links.wireless", State: platform.MechanismWorks}, {Method: "links.all", State: platform.MechanismWorks},
		{Method: "clock.now", State: platform.MechanismWorks},
	})
	for i, want := range []struct{ state, faked string }{{platform.MechanismMissing, "all"}, {platform.MechanismWorks, "up,addresses"}, {platform.MechanismWorks, ""}} {
		if got[i].State != want.state || got[i].Faked != want.faked {
			t.Errorf("%s: got %s, %q want %+v", got[i].Method, got[i].State, got[i].Faked, want)
		}
	}
}
