package check

import (
	"strings"

	"faultline/diag"
	"faultline/platform"
)

// behind says whether a status blames a machine behind the one that answers.
// 502 and 504 are a gateway's own (RFC 9110 §15.6.3, §15.6.5); 503 is also what
// a service says of itself (§15.6.4). 520 to 530 are Cloudflare's, 598 and 599
// those of some proxies; no registry knows them.
func behind(h platform.HTTPFacts) platform.Tri {
	s := h.Status
	switch {
	case s == 502 || s == 504:
		return platform.Yes
	case s >= 520 && s <= 527 || s == 530:
		if strings.Contains(strings.ToLower(h.Server), "cloudflare") {
			return platform.Yes
		}
		return platform.Unknown
	case s == 503 || s == 598 || s == 599:
		return platform.Unknown
	}
	return platform.No
}

// unread reports whether what was written never left this machine, with
// nothing under way, as the peer's window has no room.
func unread(t platform.Talk) bool { return unsent(t) && !roomFor(t) }

// Held reports whether what was written never left this machine although the
// peer has room for it and nothing is under way: this machine itself held it
// back. A filter of the output that drops a segment leaves it unsent.
func Held(t platform.Talk) bool { return unsent(t) && roomFor(t) }

func unsent(t platform.Talk) bool {
	return t.End == platform.EndTimeout && t.TCP != nil && t.TCP.Unsent > 0 && t.TCP.Unacked == 0
}

// roomFor reports whether the peer's window takes a whole segment: less is not
// filled (RFC 9293 §3.8.6.2.1). Kernels that do not tell the window say 0.
func roomFor(t platform.Talk) bool { return t.TCP.PeerWindow >= max(t.TCP.MSS, 1) }

// tellSpoken chooses the line of a conversation in a protocol of its own.
func tellSpoken(r platform.Talk) (string, diag.Args) {
	if r.Spoken == nil || r.Spoken.Protocol == "" {
		return "", nil
	}
	s := *r.Spoken
	code, _ := refusal(s)
	switch {
	case code != "":
		return "said", saying(s)
	case s.Software != "":
		return "named", diag.Args{"protocol": string(s.Protocol), "software": s.Software}
	}
	return "spoken", diag.Args{"protocol": string(s.Protocol)}
}
