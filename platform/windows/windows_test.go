package windows

import "testing"

func TestRelease(t *testing.T) {
	for _, c := range []struct {
		name                string
		major, minor, build uint32
		server              bool
		want                string
	}{
		{"windows 10", 10, 0, 19045, false, "Windows 10, build 19045"},
		{"last build before windows 11", 10, 0, 21999, false, "Windows 10, build 21999"},
		{"first build of windows 11", 10, 0, 22000, false, "Windows 11, build 22000"},
		{"server", 10, 0, 26100, true, "Windows Server, build 26100"},
		{"old", 6, 3, 9600, false, "Windows 6.3, build 9600"},
	} {
		if got := release(c.major, c.minor, c.build, c.server); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
}
