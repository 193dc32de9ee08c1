package linux

import "strings"

// decodeOrder reads the line "hosts" of nsswitch.conf(5): the services in
// their order, without the actions in brackets.
func decodeOrder(b []byte) []string {
	for line := range strings.Lines(string(b)) {
		line, _, _ = strings.Cut(line, "#")
		if rest, found := strings.CutPrefix(strings.TrimSpace(line), "hosts:"); found {
			return strings.Fields(withoutActions(rest))
		}
	}
	return nil
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
