package check

import (
	"context"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// Talked is how the conversation with one address went.
type Talked struct {
	To   netip.AddrPort
	Talk platform.Talk
	// Confirm is the same asked once more: by GET, when HEAD met an error, an
	// end or silence, and a protocol's first words when they were refused.
	Confirm *platform.Talk
	// Unopened are conversations before these whose connection was never opened
	// although the port had opened before.
	Unopened []platform.Talk
	// Alone is a connection on which nothing was said, when the peer had cut
	// off what was asked: it may do so whatever is asked.
	Alone *platform.Talk
	// Other is HTTP, where what is the port's custom brought no answer.
	Other *platform.Talk
	// Secure is a handshake of TLS, where HTTP in plain was cut off.
	Secure *platform.Talk
	// Behind is set where the page came once HEAD was given up, and could not be asked
	// for alone (a run keeps to so many SYNs): what it took says nothing of the service.
	Behind  bool
	Problem *platform.Problem
}

// Reply is the conversation that decides.
func (t Talked) Reply() platform.Talk {
	switch {
	case replied(t.Other) && t.Talk.Spoken == nil:
		return *t.Other
	case t.Confirm != nil && t.Confirm.HTTP == nil && t.Talk.HTTP == nil:
		return *t.Confirm
	case t.Confirm != nil && t.Confirm.HTTP != nil && (replied(t.Confirm) || !replied(&t.Talk)):
		return *t.Confirm
	}
	return t.Talk
}

const (
	talkPatience = 7 * time.Second
	// afterHead is what a page is given once HEAD is given up: a server of one caller
	// at a time, which knows no HEAD, takes it only then.
	afterHead = 900 * time.Millisecond
	// headPatience is how long HEAD may take before GET is tried beside it.
	headPatience = 2500 * time.Millisecond
	// greetingPatience is how long a service that speaks first may take.
	greetingPatience = 5 * time.Second
	// quietPatience is how long we listen where nobody need speak first.
	quietPatience = 300 * time.Millisecond
	pageSample    = 64 << 10
)

// talkCodes are what a conversation by itself may tell.
var talkCodes = []catalog.Code{
	"tls.expired", "tls.not-yet-valid", "tls.wrong-clock", "tls.wrong-name", "tls.untrusted", "tls.incomplete-chain",
	"tls.stalled", "tls.reset", "tls.not-tls", "tls.alert", "tls.version", "tls.client-certificate",
	"service.silent", "service.closes", "service.resets", "service.error", "service.denied", "service.upstream-down",
	"service.not-reading", "service.slow", "tls.inspected", "tls.intercepted", "portal.captive", "proxy.auth",
}

// TalkTarget speaks with the service behind every open port: TLS, one HTTP
// request, or a greeting, as the target implies.
var TalkTarget = add(diag.Spec[[]Talked]{
	ID: "talk.target", Layer: catalog.Application, Timeout: 8 * time.Second, Traffic: diag.TargetTraffic, Trips: 4,
	After: []diag.Node{TCPConnect}, Reads: []diag.Node{ClockRead, TalkPage},
	Tells:   talkCodes,
	Claims:  []catalog.Claim{catalog.Answers, catalog.ClockRight, catalog.SmallExchangeWorks, catalog.ChainComplete, catalog.RequestTaken},
	Probe:   probeTalk,
	Judge:   judgeTalk,
	Unclear: []string{"failed"},
	Tell:    tellTalk,
})

func probeTalk(ctx context.Context, e *diag.Env) ([]Talked, error) {
	attempts, err := TCPConnect.Need(e)
	if err != nil {
		return nil, err
	}
	open := openPorts(attempts)
	if len(open) == 0 {
		return nil, diag.Skip("nothing-open")
	}
	out := make([]Talked, len(open))
	var all sync.WaitGroup
	for i, to := range open {
		all.Go(func() { out[i] = talk(ctx, e, to, share{i, sent(attempts, to) <= mostSYNs/2}) })
	}
	all.Wait()
	return out, nil
}

// openPorts returns the first open port of each address.
func openPorts(attempts []Attempts) (open []netip.AddrPort) {
	done := map[netip.Addr]bool{}
	for _, a := range attempts {
		if a.Last().Ended == platform.DialOpen && !done[a.Addr()] {
			done[a.Addr()] = true
			open = append(open, a.To)
		}
	}
	return open
}

// sent is how many SYNs the attempts sent to a port.
func sent(attempts []Attempts, to netip.AddrPort) (n int) {
	for _, a := range attempts {
		if a.To == to {
			n += a.SYNs
		}
	}
	return n
}

// share is what one of several conversations side by side may take.
type share struct {
	turn int  // who asks again waits in turn: a server may count callers
	room bool // for the SYNs of one more connection
}

// talk speaks with a port. Where that does not open again it is tried once
// more, if there is room for more SYNs.
func talk(ctx context.Context, e *diag.Env, to netip.AddrPort, s share) Talked {
	q, wait := conversation(e.Target, to)
	return talkAs(ctx, e, to, q, wait, s)
}

// talkAs holds a conversation as q says, for a port of the target.
func talkAs(ctx context.Context, e *diag.Env, to netip.AddrPort, q platform.TalkAsk, wait time.Duration, s share) Talked {
	t := Talked{To: to}
	if q.HTTP == nil {
		t.begin(ctx, e, q, wait, s)
	} else {
		t.ask(ctx, e, q, wait, s.room)
		if q.Proxy == nil {
			t.onlyHTTP2(ctx, e, q, wait)
			t.onlyTLS(ctx, e, q)
		}
	}
	if r := t.Reply(); t.Problem == nil && q.Proxy == nil && r.End == platform.EndReset && r.Received == 0 {
		alone, problem := converse(ctx, e, platform.TalkAsk{To: to, N: 2}, quietPatience)
		if problem == nil {
			t.Alone = &alone
		}
	}
	return t
}

// ask asks by HEAD and, where that meets an error or hangs, the same by GET.
func (t *Talked) ask(whole context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration, room bool) {
	ctx, cancel := context.WithTimeout(whole, wait+afterHead)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		t.Talk, t.Problem = converse(ctx, e, q, wait)
	}()
	hangs := e.StillWaiting(ctx, "head "+t.To.String(), done, headPatience)
	if !hangs {
		<-done
	}
	page := q
	page.HTTP = &platform.HTTPAsk{Method: "GET", Host: q.HTTP.Host, Path: q.HTTP.Path}
	page.Read, page.N = pageSample, 1
	if hangs || t.Problem == nil && (doubtful(t.Talk) || t.unopened() && room) {
		if again, problem := converse(ctx, e, page, wait+afterHead); problem == nil {
			t.Confirm = &again
		}
	}
	if replied(t.Confirm) {
		e.Cut(cancel) // what hangs on has nothing left to show
	}
	<-done
	if t.stoodBehind() {
		page.N = aloneN
		again, problem := converse(whole, e, page, controlPatience)
		t.Behind = problem != nil || len(again.Stages) == 0 || again.Stages[0].Problem != nil
		if replied(&again) {
			t.Confirm = &again
		}
	}
}

// aloneN tells the page that is asked for once HEAD is out of its way.
const aloneN = 6

// stoodBehind reports whether the page came once HEAD was given up, and not before:
// what it took then says nothing of the service.
func (t *Talked) stoodBehind() bool {
	return t.Talk.End == platform.EndTimeout && !replied(&t.Talk) && replied(t.Confirm) && tardy(*t.Confirm)
}

func replied(t *platform.Talk) bool { return t != nil && t.HTTP != nil && t.HTTP.Status > 0 }

// doubtful reports whether the same must be asked once more before its answer is
// believed: an error, or an end where an answer was due. Some servers know no
// HEAD, and cut the connection instead of saying so.
func doubtful(t platform.Talk) bool {
	if t.HTTP != nil && t.HTTP.Status > 0 {
		return t.HTTP.Status >= 400 || tardy(t)
	}
	at, _ := stopped(t)
	return (at == platform.StageRequest || at == platform.StageReply) && (t.End == platform.EndFIN || t.End == platform.EndReset)
}

// byItself is how the peer ends a connection on which nothing is said; "" when
// it does not, or that was not tried.
func (t Talked) byItself() platform.TalkEnd {
	if t.Alone != nil && t.Alone.Received == 0 && (t.Alone.End == platform.EndFIN || t.Alone.End == platform.EndReset) {
		return t.Alone.End
	}
	return ""
}

// conversation is what the target implies on a port, and how long it may take.
func conversation(t diag.Target, to netip.AddrPort) (platform.TalkAsk, time.Duration) {
	q := platform.TalkAsk{To: to}
	secure := t.TLS || (t.Bare || guessed(t)) && to.Port() == 443
	if secure {
		q.TLS = &platform.TLSAsk{ServerName: serverName(t)}
	}
	switch {
	case web(t, to.Port()):
		q.HTTP = &platform.HTTPAsk{Method: "HEAD", Host: hostField(t, to.Port(), secure), Path: "/"}
		return q, talkPatience
	case t.Speaks != "":
		q.Speak = t.Speaks
		return q, speakPatience
	case secure:
		q.Read = -1 // the handshake is the proof
		return q, talkPatience
	case t.Greeting:
		return q, greetingPatience
	}
	return q, quietPatience
}

// guessed reports whether only a port's custom says what is spoken on it, and no
// name that a certificate could be for was given.
func guessed(t diag.Target) bool { return t.Addr.IsValid() && t.Scheme == "" && !t.Bare }

func serverName(t diag.Target) string {
	if t.Addr.IsValid() {
		return t.Addr.WithZone("").String()
	}
	return t.Host
}

// hostField is the Host field (RFC 9110 §7.2): the port only where it is not
// the scheme's own.
func hostField(t diag.Target, port uint16, secure bool) string {
	host := serverName(t)
	if t.Addr.Is6() {
		host = "[" + host + "]"
	}
	if secure && port == 443 || !secure && port == 80 {
		return host
	}
	return host + ":" + strconv.Itoa(int(port))
}

func tellTalk(all []Talked) (string, diag.Args) {
	if len(all) == 0 {
		return "", nil
	}
	worst := all[0]
	for _, t := range all {
		if f, _ := stopped(t.Reply()); f != "" {
			worst = t
		}
	}
	r := worst.Reply()
	if shape, args := tellSpoken(r); shape != "" {
		return shape, args
	}
	if at, p := stopped(r); at != "" {
		return "failed", diag.Args{"stage": at, "problem": string(p.Code)}
	}
	switch {
	case r.HTTP != nil && r.HTTP.Status > 0:
		return "http", diag.Args{"status": r.HTTP.Status, "seconds": r.FirstIn}
	case len(r.First) > 0:
		return "banner", diag.Args{"first": firstLine(r.First)}
	case r.TLS != nil:
		return "tls", diag.Args{"version": r.TLS.Version}
	}
	return "quiet", nil
}

// stopped returns the stage in which a conversation met a problem.
func stopped(t platform.Talk) (stage string, p *platform.Problem) {
	for _, s := range t.Stages {
		if s.Problem != nil {
			return s.Name, s.Problem
		}
	}
	return "", nil
}

func firstLine(b []byte) string {
	for i, c := range b {
		if c == '\r' || c == '\n' || i == 80 {
			return string(b[:i])
		}
	}
	return string(b)
}
