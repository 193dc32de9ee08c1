// Package portable answers what every system answers alike through Go's own
// library: DNS over UDP and TCP, conversations over TCP with TLS and HTTP, a
// plain dialer and the wall clock.
//
// It never judges, never follows a redirect, never sends credentials (but to a
// proxy, and what the system made of the session, where ProxyHop.SignIn asks for
// it), never enforces a certificate (it records what the system's verifier says of one)
// and knows nothing that only one system can tell: no ICMP, no TCP_INFO.
// Whatever a peer sends is read within fixed bounds of size and time.
package portable

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// withLimit gives ctx a deadline when it has none: a peer may be silent
// forever.
func withLimit(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, limit)
}

// printable makes text of a peer safe to show: valid UTF-8, no control or
// invisible characters, at most limit bytes.
func printable(s string, limit int) string {
	if len(s) > 4*limit {
		s = s[:4*limit]
	}
	s = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
