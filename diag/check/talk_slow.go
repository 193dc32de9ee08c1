package check

import (
	"time"

	"faultline/diag"
	"faultline/platform"
)

// What is slow: the first byte of an answer that comes later than slowAnswer
// and slowTrips round trips, twice, where the network itself was quick.
const (
	slowAnswer = 2 * time.Second
	slowTrips  = 10
	// handshakeSlack is what a computer may take over a handshake beside its
	// two round trips.
	handshakeSlack = 250 * time.Millisecond
)

// tardy reports whether the service took long over one request. Time that went
// into packets sent anew is the way's.
func tardy(t platform.Talk) bool {
	if t.HTTP == nil || t.TCP != nil && t.TCP.Retransmits > 0 {
		return false
	}
	var rtt, shake, wait time.Duration
	for _, s := range t.Stages {
		switch s.Name {
		case platform.StageConnect:
			rtt = s.Waited
		case platform.StageTLS:
			shake = s.Waited
		case platform.StageReply:
			wait = s.Waited
		}
	}
	if len(t.First) > 0 && !drags(t) {
		wait = t.FirstIn
	}
	return wait > max(slowAnswer, slowTrips*rtt) && shake <= 2*rtt+handshakeSlack
}

// drags reports whether a head began and did not come to its end in time.
func drags(t platform.Talk) bool {
	return t.HTTP != nil && t.HTTP.Status > 0 && t.HTTP.Malform != ""
}

// slow tells a service that answers late, and again when it is asked once more. A
// head that never ended needs no second one, where there was no room to ask.
func slow(t Talked) (f diag.Finding, ok bool) {
	again := t.Confirm != nil && tardy(*t.Confirm) || t.Confirm == nil && drags(t.Talk)
	if t.Behind || !again || !replied(new(t.Reply())) || !tardy(t.Talk) {
		return f, false
	}
	r := t.Reply()
	f = diag.Finding{Code: "service.slow", Direct: !drags(r), Args: diag.Args{"seconds": r.FirstIn}}
	if drags(r) {
		f.Args = diag.Args{"seconds": lastWait(r), "part": "head"}
	}
	return f, true
}
