package portable

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/netip"
	"syscall"
	"time"

	"faultline/platform"
)

const (
	// talkLimit ends a conversation whose context has no deadline.
	talkLimit = 10 * time.Second
	// openLimit ends the first stage, whatever the context allows: time for
	// two SYNs (RFC 6298 §2) and their answers, as more would soon be a flood.
	openLimit = 1950 * time.Millisecond
	// stampsRoom is what time stamps take of a segment (RFC 7323 §3.2).
	stampsRoom = 12
	// handshakeLimit is 64 times a usual handshake.
	handshakeLimit = 256 << 10
	defaultRead    = 512
	maxRead        = 1 << 20
)

type talker struct {
	roots *x509.CertPool // nil: the system's
	sys   System
}

// System is what the system's own package adds to conversations; each may be
// nil.
type System struct {
	Inform Informant
	// Clamp serves asks with segments of a size: without it they are
	// ErrUnsupported.
	Clamp Clamp
	// SignIn begins a sign-in of this session at a proxy: without it asks for
	// one are ErrUnsupported.
	SignIn func(platform.ProxySignIn) (SignIn, error)
	// Prepare makes a socket ready before it connects.
	Prepare func(syscall.RawConn) error
	// Roots begins to load what certificates are verified with, as that takes
	// longer than a handshake.
	Roots func()
}

// Clamp limits the segments of a connection that is not made yet.
type Clamp func(c syscall.RawConn, mss int) error

// Informant reads what the system tells of a connection that is still open.
type Informant func(syscall.RawConn) *platform.TCPInfo

// Talker holds conversations. Stages that the ask does not want are absent:
// tls without TLS, request with neither HTTP nor Send, reply when Read is
// negative (then nothing is read, and the conversation ends after the stage
// before). The default ALPN is http/1.1 when HTTP is asked for.
//
// All stages but the last have no problem. The last one and End go together:
//
//	stage    problem               End
//	connect  refused               error    a RST answered the SYN
//	connect  timeout               timeout  nothing answered
//	connect  unreachable-net/-host, permission, busy, other   error
//	connect  reset                 reset    reset while connecting, after SYN-ACK
//	proxy    reset, timeout        reset, timeout
//	proxy    other, "closed by peer"   fin
//	proxy    other                 error    it said no: Talk.Proxy
//	proxy    malformed             error    it does not speak its protocol
//	tls      reset                 reset
//	tls      timeout               timeout
//	tls      other, "closed by peer"   fin  before the handshake was finished
//	tls      other, "TLS alert ..."    error    TLS.Alert is set
//	tls      malformed             error    no TLS (TLS.NotTLS, First), a broken
//	                                        handshake, one over 256 KiB, or a
//	                                        certificate that Go cannot read
//	request  reset, timeout        reset, timeout
//	request  other                 error    also: ALPN chose no HTTP/1.1
//	reply    reset                 reset    before or within the reply: Received
//	reply    timeout               timeout  before or within the reply: Received
//	reply    other, "closed by peer"   fin  before the first byte, or within
//	                                        the head (HTTP.Malform is set)
//	reply    other, "TLS alert ..."    error    TLS.Alert is set: so TLS 1.3
//	                                        refuses a missing client certificate
//	reply    malformed             fin      the body ended before its announced
//	                                        length
//	reply    malformed             error    no HTTP (HTTP.Status 0, Malform),
//	                                        too long a head, or broken TLS
//	any      canceled              error    the context was canceled
//	(last)   none                  fin      the peer closed after its reply
//	(last)   none                  local    we had what was asked for
//
// A timeout is the end of the context, or ten seconds where it has no deadline,
// or the stack's own giving up; connecting takes two seconds at most. A conversation over TCP in which the request
// was written and a reset came may lose a reply that was under way: that is how
// TCP works (RFC 1122 §4.2.2.13).
//
// Without HTTP the reply is one line, or Read bytes, or what came before the
// peer closed. With HTTP it is the head, then the body until its end or Read
// bytes of it; the end that a head announces is waited for, not the close.
// First holds the reply's first bytes, with TLS the decrypted
// ones; when the peer does not speak TLS, what it said instead. With Speak the
// reply is the first answer of that protocol, and a reply of another one is
// malformed; Spoken says which.
//
// Trusted and Incomplete are the system's verifier's, see TLSFacts; a private
// authority that does not send its root cannot be told from a chain with a
// missing intermediate: Trusted is no and Incomplete is set for both. On
// Windows and macOS the verifier may fetch a missing issuer by itself, and then
// trusts.
//
// An error means that the ask itself could not be sent: no address, or a field
// with CR, LF or NUL.
func Talker() platform.Talker { return talker{} }

// TalkerWith is Talker with what the system adds.
func TalkerWith(sys System) platform.Talker { return talker{sys: sys} }

func (t talker) Talk(ctx context.Context, q platform.TalkAsk) (platform.Talk, error) {
	if err := checkTalk(q); err != nil {
		return platform.Talk{End: platform.EndError}, err
	}
	if q.MSS > 0 && t.sys.Clamp == nil {
		return platform.Talk{End: platform.EndError}, platform.ErrUnsupported
	}
	if q.Proxy != nil && q.Proxy.SignIn != nil && t.sys.SignIn == nil {
		return platform.Talk{End: platform.EndError}, platform.ErrUnsupported
	}
	if q.TLS != nil && t.roots == nil && t.sys.Roots != nil {
		t.sys.Roots()
	}
	ctx, cancel := withLimit(ctx, talkLimit)
	defer cancel()
	c := &conversation{ctx: ctx, ask: q, roots: t.roots, sys: t.sys, limit: readLimit(q.Read)}
	defer c.close()
	c.run()
	return c.talk, nil
}

func readLimit(asked int) int {
	if asked == 0 {
		return defaultRead
	}
	return min(asked, maxRead)
}

// conversation is one Talk under way.
type conversation struct {
	ctx   context.Context
	ask   platform.TalkAsk
	roots *x509.CertPool
	sys   System
	limit int // bytes of a reply to take

	raw      *stream
	chain    []*x509.Certificate // as sent
	verified verifying
	rw       io.ReadWriteCloser // raw, or TLS over it
	unwake   func()
	asked    time.Time // when the reply began to be due
	talk     platform.Talk

	signedIn string // the scheme in which a proxy that forwards was signed in to
}

func (c *conversation) run() {
	stages := []struct {
		name   string
		wanted bool
		run    func() error
	}{
		{platform.StageConnect, true, c.connect},
		{platform.StageProxy, c.tunnels(), c.proxy},
		{platform.StageTLS, c.ask.TLS != nil, c.handshake},
		{platform.StageRequest, c.ask.HTTP != nil || len(c.firstWords()) > 0, c.request},
		{platform.StageReply, c.limit > 0, c.reply},
	}
	c.talk.End = platform.EndLocal
	for _, s := range stages {
		if s.wanted && !c.pass(s.name, s.run) {
			break
		}
	}
	if c.talk.HTTP != nil {
		c.talk.HTTP.ProxySignedIn = c.signedIn
	}
	c.informed()
	c.recognize()
	c.judgeChain() // last, as the verifier works meanwhile
	if c.raw != nil {
		c.talk.Sent, c.talk.Received = c.raw.sent.Load(), c.raw.received
	}
}

// informed asks the system of the connection before it is closed.
func (c *conversation) informed() {
	if c.sys.Inform == nil || c.raw == nil {
		return
	}
	open, ok := c.raw.Conn.(syscall.Conn)
	if !ok {
		return
	}
	if raw, err := open.SyscallConn(); err == nil {
		c.talk.TCP = c.sys.Inform(raw)
	}
}

// pass runs one stage and reports whether the conversation goes on.
func (c *conversation) pass(name string, run func() error) bool {
	start := time.Now()
	err := run()
	stage := platform.Stage{Name: name, Waited: time.Since(start)}
	if err != nil {
		stage.Problem = c.problem(err)
		c.talk.End = endOf(stage.Problem, err)
	}
	c.talk.Stages = append(c.talk.Stages, stage)
	return err == nil
}

func endOf(p *platform.Problem, err error) platform.TalkEnd {
	switch {
	case closedByPeer(err):
		return platform.EndFIN
	case errors.Is(p, platform.ErrReset):
		return platform.EndReset
	case errors.Is(p, platform.ErrTimeout):
		return platform.EndTimeout
	}
	return platform.EndError
}

// problem names a TLS alert by its number in RFC 8446 §6, and notes it.
func (c *conversation) problem(err error) *platform.Problem {
	if alert, ok := remoteAlert(err); ok && c.talk.TLS != nil {
		c.talk.TLS.Alert = alertName(alert)
		return other("TLS alert " + c.talk.TLS.Alert)
	}
	p := problemOf(c.ctx, err)
	var known *platform.Problem
	if c.talk.TLS == nil || errors.As(err, &known) || closedByPeer(err) || networkError(err) {
		return p
	}
	return &platform.Problem{Code: platform.Malformed, Text: p.Text} // crypto/tls says so
}

func (c *conversation) connect() error {
	ctx, cancel := context.WithTimeout(c.ctx, openLimit)
	defer cancel()
	conn, err := connectWith(ctx, c.ask.To, netip.Addr{}, c.prepare)
	if err != nil {
		return err
	}
	deadline, _ := c.ctx.Deadline()
	conn.SetDeadline(deadline)
	c.unwake = wakeOnEnd(c.ctx, conn)
	c.raw = &stream{Conn: conn, limit: int64(maxHead) + int64(max(c.limit, 0)) + 1, most: max(c.ask.MSS-stampsRoom, 0)}
	c.rw, c.asked = c.raw, time.Now()
	return nil
}

// prepare makes the socket ready, and limits the segments where that was asked
// for.
func (c *conversation) prepare(raw syscall.RawConn) error {
	if c.sys.Prepare != nil {
		if err := c.sys.Prepare(raw); err != nil {
			return err
		}
	}
	if c.ask.MSS == 0 {
		return nil
	}
	return c.sys.Clamp(raw, c.ask.MSS)
}

func (c *conversation) close() {
	if c.rw == nil {
		return
	}
	c.rw.Close()
	c.raw.Close() // crypto/tls leaves it open when its handshake failed
	c.unwake()
}

func (c *conversation) request() error {
	b := c.firstWords()
	if hop := c.ask.Proxy; hop != nil && hop.How == platform.ProxyForward && hop.SignIn != nil {
		return c.requestSigned(*hop.SignIn)
	}
	if c.ask.HTTP != nil {
		if p := c.alpn(); p != "" && p != "http/1.1" && p != "http/1.0" {
			return other("the peer chose " + p + " by ALPN")
		}
		b = httpRequest(c.absolute(*c.ask.HTTP))
	}
	_, err := c.rw.Write(b)
	c.asked = time.Now()
	if hasCode(c.ctx, err, platform.Reset) && c.limit > 0 && c.spoke() {
		return nil
	}
	return err
}

// spoke reads what the peer said before it reset a connection on which we still
// wrote: it is the reason for the reset.
func (c *conversation) spoke() bool {
	var b [maxFirst]byte
	n, err := c.rw.Read(b[:])
	_, alert := remoteAlert(err)
	c.rw = &replay{ReadWriteCloser: c.rw, ahead: b[:n], err: err}
	return n > 0 || alert
}

// replay gives back what was read ahead.
type replay struct {
	io.ReadWriteCloser
	ahead []byte
	err   error
}

func (r *replay) Read(b []byte) (int, error) {
	if len(r.ahead) > 0 {
		n := copy(b, r.ahead)
		r.ahead = r.ahead[n:]
		return n, nil
	}
	if r.err != nil {
		return 0, r.err
	}
	return r.ReadWriteCloser.Read(b)
}

func (c *conversation) alpn() string {
	if c.talk.TLS == nil {
		return ""
	}
	return c.talk.TLS.ALPN
}
