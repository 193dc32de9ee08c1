package reset

import (
	"slices"
	"strings"
	"time"

	"faultline/diag/catalog"
	"faultline/diag/tcpflow"
)

// together judges what several connections say.
func together(all []Event, from []tcpflow.Transcript, l limits, masked map[string]bool) {
	if !masked[FeatureRepeats] {
		sameSilence(all, l)
	}
	sameName(all, from)
	probes(all, from)
}

// silences are what a silence may be the cause of.
var silences = []catalog.Code{"reset.idle-timeout", "reset.stale", "reset.idle-drop", "reset.injected"}

// sameSilence makes an idle timeout of silences that are alike in several
// connections: what forgets its connections after a fixed time is a device.
func sameSilence(all []Event, l limits) {
	idle := func(e *Event) bool {
		return e.Idle >= l.idle.Seconds() && slices.Contains(silences, e.Code)
	}
	var silent []int
	for i := range all {
		if idle(&all[i]) {
			silent = append(silent, i)
		}
	}
	for _, i := range silent {
		e, n := &all[i], 0
		for _, j := range silent {
			if o := &all[j]; e.Stream != o.Stream && near(e.Idle, o.Idle, l) {
				n++
			}
		}
		if n == 0 {
			continue
		}
		e.Features = append(e.Features, Feature{Name: FeatureRepeats, Group: Timing, Args: how("same", "n", n+1, "seconds", e.Idle), Bits: 1})
		if e.Code == "reset.stale" || e.Code == "reset.injected" {
			e.Code, e.Party, e.Sender = "reset.idle-timeout", catalog.Internet, ByUnknown
			e.Args["idle"] = time.Duration(e.Idle * float64(time.Second))
		}
		e.Confidence = catalog.Likely
	}
}

func near(a, b float64, l limits) bool { return max(a, b)-min(a, b) <= max(2, l.near*max(a, b)) }

// sameName makes blocked content of injected resets that always follow the same
// name, while other names pass.
func sameName(all []Event, from []tcpflow.Transcript) {
	cut, hit := map[string][]int{}, map[int]bool{}
	for i := range all {
		if all[i].Code != "reset.injected" || all[i].Stage == StageIdle { // after a silence, nothing that was asked is the cause
			continue
		}
		hit[all[i].Stream] = true
		if t := transcriptOf(from, all[i].Stream); t != nil {
			if name := asked(t, all[i].Segment); name != "" {
				cut[name] = append(cut[name], i)
			}
		}
	}
	if len(cut) == 0 {
		return
	}
	passes := map[string]bool{}
	for i := range from {
		if hit[from[i].Stream.Number] {
			continue
		}
		if name := asked(&from[i], len(from[i].Segments)); name != "" {
			passes[name] = true
		}
	}
	for name, events := range cut {
		if len(events) < 2 || passes[name] {
			continue
		}
		for _, i := range events {
			all[i].Code, all[i].Args["name"] = "reset.blocked-content", name
			if len(passes) > 0 {
				all[i].Confidence, all[i].Sender = catalog.Likely, ByMiddlebox // the others pass
			}
		}
	}
}

func transcriptOf(from []tcpflow.Transcript, number int) *tcpflow.Transcript {
	for i := range from { // there may be thousands, and they are large
		if from[i].Stream.Number == number {
			return &from[i]
		}
	}
	return nil
}

// asked is the name that a client asked for before packet i: of TLS (RFC 6066 §3)
// or of HTTP.
func asked(t *tcpflow.Transcript, i int) string {
	for j := range min(max(i, 0), len(t.Segments)) {
		if g := &t.Segments[j]; g.From == tcpflow.Client && g.Len > 0 {
			if name := ServerName(g.Payload); name != "" {
				return name
			}
			return hostField(string(g.Payload))
		}
	}
	return ""
}

func hostField(s string) string {
	for _, line := range strings.Split(s, "\r\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "host") {
			return strings.ToLower(strings.TrimSpace(value))
		}
	}
	return ""
}

// ServerName reads the server name out of the beginning of a TLS ClientHello, ""
// when there is none within it (RFC 8446 §4.1.2, RFC 6066 §3).
func ServerName(b []byte) string {
	if len(b) < 44 || b[0] != 22 || b[5] != 1 {
		return ""
	}
	skip := func(b []byte, size int) []byte { // a field with its length before it
		if len(b) < size {
			return nil
		}
		n := 0
		for _, c := range b[:size] {
			n = n<<8 | int(c)
		}
		if len(b) < size+n {
			return nil
		}
		return b[size+n:]
	}
	rest := skip(skip(skip(b[43:], 1), 2), 1)
	if len(rest) < 2 {
		return ""
	}
	for rest = rest[2:]; len(rest) >= 4; {
		kind, n := int(rest[0])<<8|int(rest[1]), int(rest[2])<<8|int(rest[3])
		if len(rest) < 4+n {
			return ""
		}
		if body := rest[4 : 4+n]; kind == 0 && n > 5 && 5+int(body[3])<<8+int(body[4]) <= n {
			return strings.ToLower(string(body[5 : 5+int(body[3])<<8+int(body[4])]))
		}
		rest = rest[4+n:]
	}
	return ""
}
