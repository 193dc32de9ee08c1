package portable

import (
	"errors"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"faultline/platform"
)

func TestPaddedRequestFillsASegment(t *testing.T) {
	q := platform.HTTPAsk{Method: "GET", Host: "a.example", Path: "/"}
	plain := string(httpRequest(q))
	q.Pad = 1800
	padded := string(httpRequest(q))
	if len(padded) < len(plain)+1800 || !strings.HasSuffix(padded, "\r\n\r\n") || strings.Count(padded, "\r\n\r\n") != 1 {
		t.Errorf("got %d bytes for %d, want one head with 1800 more", len(padded), len(plain))
	}
	q.Pad = 1 << 20
	if got := len(httpRequest(q)); got > 8<<10 {
		t.Errorf("got a head of %d bytes, want at most what servers take", got)
	}
}

func TestSegmentsThatCannotBeLimited(t *testing.T) {
	_, err := Talker().Talk(t.Context(), platform.TalkAsk{To: closedPort(t), MSS: 536})
	if !errors.Is(err, platform.ErrUnsupported) {
		t.Errorf("got %v, want unsupported", err)
	}
}

func TestClampSeesTheSocketBeforeItConnects(t *testing.T) {
	asked := 0
	clamp := func(_ syscall.RawConn, mss int) error { asked = mss; return errors.New("no") }
	got, err := TalkerWith(System{Clamp: clamp}).Talk(t.Context(), platform.TalkAsk{To: closedPort(t), MSS: 536})
	if err != nil || asked != 536 || got.Stages[0].Problem == nil {
		t.Errorf("got %+v, %v, asked for %d, want a failed connection and 536", got, err, asked)
	}
}

// parts notes how much each write to it holds.
type parts struct {
	net.Conn
	sizes []int
}

func (p *parts) Write(b []byte) (int, error) {
	p.sizes = append(p.sizes, len(b))
	return len(b), nil
}

func TestSmallSegmentsAreSmallWrites(t *testing.T) {
	for _, c := range []struct {
		most, bytes int
		want        []int
	}{
		{0, 1200, []int{1200}},
		{536, 1200, []int{536, 536, 128}},
		{536, 536, []int{536}},
		{536, 0, []int{0}},
	} {
		p := &parts{}
		s := &stream{Conn: p, most: c.most}
		n, err := s.Write(make([]byte, c.bytes))
		if n != c.bytes || err != nil || !slices.Equal(p.sizes, c.want) || s.sent.Load() != int64(c.bytes) {
			t.Errorf("most %d: got %d, %v in %v want %d in %v", c.most, n, err, p.sizes, c.bytes, c.want)
		}
	}
}

func TestPrepareSeesTheSocketBeforeItConnects(t *testing.T) {
	seen := 0
	prepare := func(c syscall.RawConn) error { return c.Control(func(uintptr) { seen++ }) }
	got, err := TalkerWith(System{Prepare: prepare}).Talk(t.Context(), platform.TalkAsk{To: closedPort(t)})
	if err != nil || seen != 1 || !errors.Is(got.Stages[0].Problem, platform.ErrRefused) {
		t.Errorf("got %+v, %v, seen %d times, want a refused connection", got, err, seen)
	}
}
