package check

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"faultline/diag"
	"faultline/platform"
)

// repeatsAfter is when a system sends a second SYN (RFC 6298 §2), and
// conversationSYNs how many a conversation sends at most: its connection is
// given up before the third.
const (
	repeatsAfter     = 950 * time.Millisecond
	conversationSYNs = 2
)

// converse holds one conversation, unless that would be one connection attempt
// to the port too many.
func converse(ctx context.Context, e *diag.Env, q platform.TalkAsk, wait time.Duration) (platform.Talk, *platform.Problem) {
	port, most := "syn "+q.To.String(), mostSYNs
	if e.Thorough() {
		most = 1000
	}
	room := 1
	if e.IsOdd(port) {
		room = conversationSYNs // the first may be lost
	}
	if room = e.Spend(ctx, talkKey(q), port, room, most); room == 0 {
		return platform.Talk{}, enough
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	t, err := e.Host.Talker.Talk(ctx, q)
	switch {
	case len(t.Stages) == 0:
	case t.Stages[0].Waited < repeatsAfter:
		e.GiveBack(port, room-1)
	default:
		e.Odd(port)
		e.GiveBack(port, room-conversationSYNs)
	}
	return t, platform.AsProblem(err)
}

// talkKey tells conversations with one port apart.
func talkKey(q platform.TalkAsk) string {
	h := fnv.New32a()
	_ = json.NewEncoder(h).Encode(q)
	return fmt.Sprintf("talk %v %x", q.To, h.Sum32())
}
