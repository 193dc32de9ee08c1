package check

import (
	"context"
	"net/netip"
	"time"

	"faultline/diag"
	"faultline/platform"
)

const (
	// speakPatience is how long a protocol's first answer may take. Servers
	// look callers up by reverse DNS before they greet, and some let them wait
	// on purpose.
	speakPatience = 7500 * time.Millisecond
	// besideAfter is when something else is tried beside it, for otherPatience.
	besideAfter   = 5 * time.Second
	otherPatience = 2 * time.Second
	// refusedAgain is after how long a refusal is asked for once more, address
	// by address: our own connections may have been those too many.
	refusedAgain = 600 * time.Millisecond
)

// begin says a protocol's first words, and says them again where they are
// refused.
func (t *Talked) begin(ctx context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration, s share) {
	if q.Speak == "" {
		t.Talk, t.Problem = converse(ctx, e, q, wait)
		if t.Problem == nil && t.unopened() && s.room {
			t.Unopened = append(t.Unopened, t.Talk)
			q.N = 1
			t.Talk, t.Problem = converse(ctx, e, q, wait)
		}
		return
	}
	t.speak(ctx, e, q, wait)
	if t.Problem != nil || t.explained() || !turnedAway(t.Talk) {
		return
	}
	e.StillWaiting(ctx, "refused "+t.To.String(), nil, refusedAgain*time.Duration(1+s.turn%4))
	q.N = 2
	if talk, problem := converse(ctx, e, q, otherPatience); problem == nil && talk.End != platform.EndTimeout {
		t.Confirm = &talk
	}
}

// explained reports whether what else was tried shows what the port is for.
func (t *Talked) explained() bool { return replied(t.Other) || t.Secure != nil }

// turnedAway reports whether the peer ended a conversation, or refuses to have
// one.
func turnedAway(t platform.Talk) bool {
	if t.Spoken != nil && t.Spoken.Protocol != "" {
		code, _ := refusal(*t.Spoken)
		return code != ""
	}
	at, _ := stopped(t)
	return (at == platform.StageReply || at == platform.StageRequest) && (t.End == platform.EndFIN || t.End == platform.EndReset)
}

// speak says the first words and, where they are cut off or the answer is long
// in coming, tries beside them what else the port may be for.
func (t *Talked) speak(ctx context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.Talk, t.Problem = converse(ctx, e, q, wait)
	}()
	hangs := e.StillWaiting(ctx, "speak "+t.To.String(), done, besideAfter)
	if !hangs {
		<-done
	}
	if hangs || t.Problem == nil && unanswered(t.Talk) {
		t.tryOther(ctx, e, q)
	}
	if t.explained() {
		e.Cut(cancel) // what hangs on has nothing left to show
	}
	<-done
}

// tryOther tries HTTP where only the port's custom says what is spoken: then
// nothing is wrong. Else it tries TLS, where the protocol is also used inside
// it.
func (t *Talked) tryOther(ctx context.Context, e *diag.Env, q platform.TalkAsk) {
	switch {
	case e.Target.ByCustom:
		other := platform.TalkAsk{To: q.To, TLS: q.TLS, N: 1,
			HTTP: &platform.HTTPAsk{Method: "HEAD", Host: hostField(e.Target, q.To.Port(), q.TLS != nil), Path: "/"}}
		if talk, problem := converse(ctx, e, other, otherPatience); problem == nil {
			t.Other = &talk
		}
	case insideTLS[q.Speak] && q.TLS == nil:
		t.hello(ctx, e, q.To)
	}
}

// insideTLS are the protocols that have a port of their own for TLS from the
// start.
var insideTLS = map[platform.Protocol]bool{
	platform.SMTP: true, platform.IMAP: true, platform.POP3: true, platform.FTP: true, platform.NNTP: true,
	platform.LDAP: true, platform.Redis: true, platform.MQTT: true, platform.AMQP: true,
}

// hello shakes hands and says no more.
func (t *Talked) hello(ctx context.Context, e *diag.Env, to netip.AddrPort) {
	q := platform.TalkAsk{To: to, TLS: &platform.TLSAsk{ServerName: serverName(e.Target)}, Read: -1, N: 3}
	if talk, problem := converse(ctx, e, q, otherPatience); problem == nil && talk.TLS != nil && talk.End == platform.EndLocal {
		t.Secure = &talk
	}
}

// unanswered reports whether the peer ended a conversation without a word.
func unanswered(t platform.Talk) bool {
	at, _ := stopped(t)
	return len(t.First) == 0 && (at == platform.StageReply || at == platform.StageRequest)
}

// onlyHTTP2 asks a server that refuses HTTP/1.1 by ALPN (RFC 7301 §3.2) in the
// protocol that is left.
func (t *Talked) onlyHTTP2(ctx context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration) {
	if q.TLS == nil || t.Talk.TLS == nil || t.Talk.TLS.Alert != "no_application_protocol" {
		return
	}
	again := platform.TalkAsk{To: q.To, TLS: &platform.TLSAsk{ServerName: q.TLS.ServerName, ALPN: []string{"h2"}}, Speak: platform.HTTP2}
	if talk, problem := converse(ctx, e, again, wait); problem == nil && talk.Spoken != nil {
		t.Talk = talk
	}
}

// onlyTLS tries TLS where plain HTTP was cut off without a word: a port that is
// for HTTPS does that to it.
func (t *Talked) onlyTLS(ctx context.Context, e *diag.Env, q platform.TalkAsk) {
	r := t.Reply()
	if q.TLS == nil && t.Problem == nil && !e.Target.Bare && len(r.First) == 0 && (r.End == platform.EndFIN || r.End == platform.EndReset) {
		t.hello(ctx, e, q.To)
	}
}

// expected is the protocol that the question implies on a port, and whether
// the user said so rather than the port's custom.
func expected(target diag.Target, port uint16) (p platform.Protocol, said bool) {
	switch {
	case target.Speaks != "":
		return target.Speaks, !target.ByCustom
	case web(target, port):
		return platform.HTTP, target.HTTP
	}
	return "", false
}

// spoke is the protocol that the peer showed; "" when that is not known.
func (t Talked) spoke() platform.Protocol {
	r := t.Reply()
	switch {
	case t.Secure != nil:
		return platform.TLS
	case r.HTTP != nil && r.HTTP.Status > 0:
		return platform.HTTP
	case r.Spoken != nil:
		return r.Spoken.Protocol
	}
	return ""
}

// sameProtocol reports whether two protocols are one to a user.
func sameProtocol(a, b platform.Protocol) bool {
	return a == b || a == platform.HTTP && b == platform.HTTP2
}

// spokenProof is what ok rests on where a protocol other than HTTP answers.
func spokenProof(target diag.Target, t Talked) (diag.Args, bool) {
	r := t.Reply()
	want, _ := expected(target, t.To.Port())
	got := t.spoke()
	switch {
	case got == "" || got == platform.HTTP && want == platform.HTTP:
		return nil, false
	case want != "" && !sameProtocol(want, got):
		return diag.Args{"proof": "other", "protocol": string(got), "expected": string(want)}, true
	case r.Spoken != nil && r.Spoken.Software != "":
		return diag.Args{"proof": "named", "protocol": string(got), "software": r.Spoken.Software}, true
	}
	return diag.Args{"proof": "spoken", "protocol": string(got)}, true
}
