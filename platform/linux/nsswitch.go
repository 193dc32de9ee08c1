package linux

import "strings"

// decodeOrder reads the line "hosts" of nsswitch.conf(5): the services in
// their order, without the actions in brackets.
func decodeOrder(b []byte) []string { return strings.Fields(withoutActions(hostsLine(b))) }

func hostsLine(b []byte) string {
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), "hosts:"); found {
			return rest
		}
	}
	return ""
}

// decodeEnds returns the services whose "not found" ends the search: those that
// are followed by [NOTFOUND=return], or by a negated status that includes it.
func decodeEnds(b []byte) (ends []string) {
	before := ""
	for rest := hostsLine(b); rest != ""; {
		services, after, found := strings.Cut(rest, "[")
		if f := strings.Fields(services); len(f) > 0 {
			before = f[len(f)-1]
		}
		actions, next, closed := strings.Cut(after, "]")
		if !found || !closed {
			return ends
		}
		if before != "" && endsSearch(actions) {
			ends = append(ends, before)
		}
		rest = next
	}
	return ends
}

func endsSearch(actions string) bool {
	for _, a := range strings.Fields(strings.ToUpper(actions)) {
		status, does, _ := strings.Cut(a, "=")
		negated := strings.HasPrefix(status, "!")
		if does == "RETURN" && (status == "NOTFOUND" || negated && status != "!NOTFOUND") {
			return true
		}
	}
	return false
}

func withoutActions(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteByte(' ')
		if _, s, found = strings.Cut(rest, "]"); !found {
			return b.String()
		}
	}
}
