package portable

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"faultline/platform"
)

func TestDialer(t *testing.T) {
	tests := []struct {
		name string
		to   netip.AddrPort
		want platform.DialEnd
	}{
		{"open", serve(t, holdTCP), platform.DialOpen},
		{"refused", closedPort(t), platform.DialRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Dialer().TCP(t.Context(), platform.DialAsk{To: tt.to, From: netip.MustParseAddr("127.0.0.1")})
			if err != nil || got.Ended != tt.want || got.Sent != 1 || got.Waited <= 0 || got.Problem != nil {
				t.Errorf("got %+v, %v, want %s", got, err, tt.want)
			}
			if (tt.want == platform.DialOpen) != got.Local.IsValid() {
				t.Errorf("got local %v at the end %s", got.Local, got.Ended)
			}
		})
	}
}

func TestDialerEnds(t *testing.T) {
	for code, want := range map[platform.ProblemCode]platform.DialEnd{
		platform.Refused: platform.DialRefused, platform.Reset: platform.DialRefused, platform.Timeout: platform.DialSilent,
		platform.UnreachableNet: platform.DialLocal, platform.Permission: platform.DialLocal, platform.Other: platform.DialLocal,
	} {
		if got := dialEnd(&platform.Problem{Code: code}); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
}

func TestDialerCannotTry(t *testing.T) {
	to := netip.MustParseAddrPort("127.0.0.1:9")
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		ctx  context.Context
		ask  platform.DialAsk
		want *platform.Problem
	}{
		{"TTL", t.Context(), platform.DialAsk{To: to, TTL: 1}, platform.ErrUnsupported},
		{"smallest TTL", t.Context(), platform.DialAsk{To: to, Min: 1}, platform.ErrUnsupported},
		{"no address", t.Context(), platform.DialAsk{}, &platform.Problem{Code: platform.Other}},
		{"canceled", canceled, platform.DialAsk{To: to}, platform.ErrCanceled},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Dialer().TCP(tt.ctx, tt.ask); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestClock(t *testing.T) {
	before := time.Now()
	got, err := Clock().Now(t.Context(), platform.Reading{})
	if err != nil || got.Wall.Before(before.Round(0)) || got.Synced != platform.Unknown {
		t.Errorf("got %+v, %v, want now and unknown", got, err)
	}
}
