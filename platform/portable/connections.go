package portable

import (
	"cmp"
	"slices"

	"faultline/platform"
)

// Connection is one connection of a local port; Held says that a program has it.
type Connection struct {
	Port  uint16
	State string // in the words of platform.PortState
	Held  bool
}

// CountConnections counts connections by port and state, in order.
func CountConnections(all []Connection) (out []platform.PortState) {
	for _, c := range all {
		i := slices.IndexFunc(out, func(p platform.PortState) bool { return p.Port == c.Port && p.State == c.State })
		if i < 0 {
			out, i = append(out, platform.PortState{Port: c.Port, State: c.State}), len(out)
		}
		if out[i].N++; c.Held {
			out[i].Held++
		}
	}
	slices.SortFunc(out, func(a, b platform.PortState) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.State, b.State))
	})
	return out
}
