package native

import (
	"context"
	"errors"
	"net"
	"regexp"
	"testing"
	"time"

	"faultline/platform"
)

// TestRefusals: what nothing listens for is refused, and soon, over TCP as over
// UDP.
func TestRefusals(t *testing.T) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	h := Host()
	for _, transport := range []string{"udp", "tcp"} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		a, err := h.DNS.Exchange(ctx, platform.DNSAsk{Server: closed, Name: "example.net", Type: "A", Transport: transport})
		cancel()
		if !errors.Is(err, platform.ErrRefused) || a.Sent != 1 {
			t.Errorf("%s: got %+v, %v want %v", transport, a, err, platform.ErrRefused)
		}
	}
	talk, err := h.Talker.Talk(t.Context(), platform.TalkAsk{To: closed})
	if err != nil || len(talk.Stages) != 1 || !errors.Is(talk.Stages[0].Problem, platform.ErrRefused) {
		t.Errorf("got %+v, %v want a refused connection", talk, err)
	}
}

// TestLanguage: there is a language on every Windows, and it is a tag.
func TestLanguage(t *testing.T) {
	if got := language(); !regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]+)*$`).MatchString(got) {
		t.Errorf("got %q, want a BCP 47 tag", got)
	}
}
