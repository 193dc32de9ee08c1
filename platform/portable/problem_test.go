package portable

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"faultline/platform"
)

func TestProblemOfErrno(t *testing.T) {
	for code, errno := range errnos {
		err := fmt.Errorf("doing: %w", &net.OpError{Op: "read", Err: os.NewSyscallError("recv", errno)})
		if got := problemOf(t.Context(), err); string(got.Code) != code || got.Text == "" {
			t.Errorf("got %v, want %s", got, code)
		}
	}
}

func TestProblemOf(t *testing.T) {
	expired, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	_, dialed := connect(expired, netip.MustParseAddrPort("127.0.0.1:9"), netip.Addr{})
	tests := []struct {
		name string
		err  error
		want platform.Problem
	}{
		{"dialed too late", dialed, platform.Problem{Code: platform.Timeout, Text: "dial tcp 127.0.0.1:9: i/o timeout"}},
		{"deadline of a read", os.ErrDeadlineExceeded, platform.Problem{Code: platform.Timeout, Text: "i/o timeout"}},
		{"close", io.EOF, platform.Problem{Code: platform.Other, Text: "closed by peer"}},
		{"close in the middle", io.ErrUnexpectedEOF, platform.Problem{Code: platform.Other, Text: "closed by peer"}},
		{"a problem", fmt.Errorf("x: %w", malformed("y")), platform.Problem{Code: platform.Malformed, Text: "y"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := problemOf(expired, tt.err); *got != tt.want {
				t.Errorf("got %+v, want %+v", *got, tt.want)
			}
		})
	}
	if hasCode(expired, nil, platform.Reset) {
		t.Error("got a code of no error")
	}
}

func TestPrintable(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"plain", "abc d", "abc d"},
		{"controls", "a\x1b[1m\r\nb\u202e", "a[1mb"},
		{"no UTF-8", "a\xff\xfeb", "ab"},
		{"cut between characters", strings.Repeat("é", 20), strings.Repeat("é", 4)},
		{"endless", strings.Repeat("\x00", 1<<20) + "a", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := printable(tt.in, 9); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
