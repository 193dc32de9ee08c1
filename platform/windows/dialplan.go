package windows

import "time"

const (
	// firstRTO is after how long the first SYN is repeated (RFC 6298 §2), and
	// oldRTO after how long the systems do it that do not let us choose.
	firstRTO = time.Second
	oldRTO   = 3 * time.Second
	// synMargin is how long before one SYN too many we give up.
	synMargin = 60 * time.Millisecond
	// refusalGrace is how long a system that repeats a SYN after each reset may
	// take to tell of it: two repeats, about a second apart.
	refusalGrace = 2500 * time.Millisecond
	mostSYNs     = 8
)

// synDue is when the SYN with a number, counted from 0, leaves after the first:
// each waits twice as long as the one before.
func synDue(n int, rto time.Duration) time.Duration { return rto * (1<<min(n, mostSYNs) - 1) }

// synsSent is how many of at most so many SYNs have left by a time.
func synsSent(most int, rto, after time.Duration) int {
	n := 1
	for n < most && synDue(n, rto) <= after {
		n++
	}
	return n
}

// initialRTO is TCP_INITIAL_RTO_PARAMETERS (mstcpip.h): a SYN that is not
// repeated, and how long in milliseconds it is waited for. Windows would repeat
// one that a reset answered, and tell only of the last.
func initialRTO(wait time.Duration) []byte {
	const never = 0xfe // TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS
	ms := min(max(wait/time.Millisecond, 1), 0xfffe)
	return []byte{byte(ms), byte(ms >> 8), never, 0}
}
