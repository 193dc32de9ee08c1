package windows

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"faultline/platform"
	"faultline/platform/portable"
)

const (
	mostListeners = 64
	mostOwners    = 4
	mostServices  = 3 // of one process that are named

	// The range from which Windows hands out ports by default (since Vista).
	defaultLow  = 49152
	defaultHigh = 65535
)

// onPorts are the rows whose local port is one of some.
func onPorts(all []socketRow, ports []uint16) (out []socketRow) {
	for _, r := range all {
		if slices.Contains(ports, r.Local.Port()) {
			out = append(out, r)
		}
	}
	return out
}

// served counts the connections by port and state, in order. Those that a
// program has not taken yet have its process already, so that Held counts them.
func served(rows []socketRow) []platform.PortState {
	var all []portable.Connection
	for _, r := range rows {
		if name, known := connectionStates[r.State]; known {
			all = append(all, portable.Connection{Port: r.Local.Port(), State: name, Held: r.PID != 0})
		}
	}
	return portable.CountConnections(all)
}

// listener is what the table says of one. How many connections wait in it, and
// how many may, Windows does not tell, nor whether one on :: takes IPv4.
func listener(r socketRow, owner func(socketRow) platform.Program) platform.Listener {
	l := platform.Listener{At: r.Local, Link: r.Scope, Hidden: r.PID == 0, Since: r.since()}
	if r.PID != 0 {
		l.Owners = []platform.Program{owner(r)}
	}
	return l
}

// receivers are the UDP sockets of a table.
func receivers(rows []socketRow, owner func(socketRow) platform.Program) (all []platform.Receiver) {
	for _, r := range rows[:min(len(rows), mostListeners)] {
		u := platform.Receiver{At: r.Local, Link: r.Scope, Hidden: r.PID == 0, Since: r.since()}
		if r.PID != 0 {
			u.Owners = []platform.Program{owner(r)}
		}
		all = append(all, u)
	}
	return all
}

// countPorts fills in how many ports of a range are taken, in all and toward to.
func countPorts(use *platform.PortUse, rows []socketRow, to netip.AddrPort, owner func(socketRow) platform.Program) {
	taken, toward := make(map[uint16]bool), make(map[uint16]bool)
	holders, examples := make(map[int]*platform.Program), make(map[int]socketRow)
	use.States = make(map[string]int)
	for _, r := range rows {
		if p := int(r.Local.Port()); p < use.Low || p > use.High {
			continue
		}
		taken[r.Local.Port()] = true
		if !r.owned() && (r.Remote.Addr().Unmap() != to.Addr() || r.Remote.Port() != to.Port()) {
			continue
		}
		toward[r.Local.Port()] = true
		use.States[cmp.Or(connectionStates[r.State], "bound")]++
		if r.PID != 0 {
			addHolder(holders, r)
			examples[r.PID] = r
		}
	}
	use.Taken, use.Toward = len(taken), len(toward)
	use.Owners = mostOf(holders, func(p platform.Program) platform.Program {
		named := owner(examples[p.PID])
		named.Sockets, named.CloseWait = p.Sockets, p.CloseWait
		return named
	})
}

func addHolder(holders map[int]*platform.Program, r socketRow) {
	if holders[r.PID] == nil {
		holders[r.PID] = &platform.Program{PID: r.PID}
	}
	holders[r.PID].Sockets++
	if r.State == tcpCloseWait {
		holders[r.PID].CloseWait++
	}
}

// mostOf are the few that hold most, named.
func mostOf(holders map[int]*platform.Program, name func(platform.Program) platform.Program) (out []platform.Program) {
	all := slices.SortedFunc(maps.Values(holders), func(a, b *platform.Program) int {
		return cmp.Or(cmp.Compare(b.Sockets, a.Sockets), cmp.Compare(a.PID, b.PID))
	})
	for _, p := range all[:min(len(all), mostOwners)] {
		out = append(out, name(*p))
	}
	return out
}

// programName names the owner of a socket by the file of its process and the
// service in it: many of the system's are in processes of one name. The system
// names as owner the service, or the file, or nobody; where it names no service,
// all of the process are meant.
func programName(path, owner string, inProcess func() []string) string {
	name := path[strings.LastIndexAny(path, `\/`)+1:]
	if name == "" && strings.HasSuffix(strings.ToLower(owner), ".exe") {
		name = owner
	}
	services := []string{owner}
	if owner == "" || strings.EqualFold(owner, name) {
		services = slices.Sorted(slices.Values(inProcess()))
	}
	if len(services) == 0 {
		return name
	}
	more := ""
	if len(services) > mostServices {
		services, more = services[:mostServices], ", …"
	}
	return strings.TrimSpace(name + " (" + strings.Join(services, ", ") + more + ")")
}
