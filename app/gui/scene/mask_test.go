package scene

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, tt := range []struct{ name, given, want string }{
		{"name", "Checking intranet.example:8443", "Checking host-1.example:8443"},
		{"IPv4", "by 10.0.3.1 and 10.0.3.2, then 10.0.3.1", "by 192.0.2.1 and 192.0.2.2, then 192.0.2.1"},
		{"IPv6 with port", "[2001:db9::7]:22", "[2001:db8::1]:22"},
		{"MAC", "00:1a:2b:3c:4d:5e answers", "02:00:5e:00:00:11 answers"},
		{"loopback stays", "127.0.0.1 and ::1", "127.0.0.1 and ::1"},
		{"time stays", "at 14:27:03", "at 14:27:03"},
		{"version stays", "Faultline 1.2.3", "Faultline 1.2.3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := NewMask()
			m.Name("intranet.example")
			if got := m.Text(tt.given); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestMaskIsStable(t *testing.T) {
	m := NewMask()
	once := m.Text("10.0.3.1")
	if again := m.Text(once); again != once {
		t.Errorf("masking twice: got %q, want %q", again, once)
	}
	if strings.Contains(m.Text("10.0.3.1 10.0.3.9"), "10.0.3") {
		t.Error("got an address through")
	}
}
