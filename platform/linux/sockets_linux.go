package linux

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"faultline/platform"
	"faultline/platform/portable"
)

const (
	portRangePath     = "/proc/sys/net/ipv4/ip_local_port_range"
	reservedPortsPath = "/proc/sys/net/ipv4/ip_local_reserved_ports"
	fileUsePath       = "/proc/sys/fs/file-nr"

	mostListeners = 64
	mostOwners    = 4
	mostPorts     = 16 // that one ask may name
)

type sockets struct{}

// Listeners dumps the sockets of the ports and looks for their owners.
func (sockets) Listeners(ctx context.Context, q platform.ListenersAsk) (platform.ListenerFacts, error) {
	var facts platform.ListenerFacts
	if err := ended(ctx); err != nil {
		return facts, err
	}
	var rows, receive []socketRow
	for _, p := range q.Ports[:min(len(q.Ports), mostPorts)] {
		some, cut, err := tcpSockets(ctx, p, p)
		if err != nil {
			return facts, err
		}
		rows, facts.Cut = append(rows, some...), facts.Cut || cut
		some, _, _ = socketsOf(ctx, diagUDP, 1<<tcpClose, p, p) // a kernel without udp_diag tells of none
		receive = append(receive, some...)
	}
	receive = receive[:min(len(receive), mostListeners)]
	wanted := make(map[int]bool)
	for _, r := range receive {
		wanted[r.Inode] = false
	}
	for _, r := range rows {
		if r.Inode != 0 && (r.State == tcpListen || r.State == tcpCloseWait) {
			wanted[r.Inode] = r.State == tcpCloseWait
		}
	}
	found := holders(ctx, wanted)
	for _, r := range rows {
		if r.State == tcpListen && len(facts.Listeners) < mostListeners {
			facts.Listeners = append(facts.Listeners, listener(r, found))
		}
	}
	facts.Cut = facts.Cut || len(rows) > 0 && len(facts.Listeners) == mostListeners
	facts.Served = served(rows)
	for _, r := range receive {
		facts.Receivers = append(facts.Receivers, platform.Receiver{At: r.Local, Link: r.Link, User: strconv.Itoa(r.UID), Owners: found.of(r.Inode), Hidden: found.hidden})
	}
	return facts, nil
}

func listener(r socketRow, found programs) platform.Listener {
	return platform.Listener{At: r.Local, V6Only: r.V6Only, Link: r.Link, Queue: r.Queue, Limit: r.Limit,
		User: strconv.Itoa(r.UID), Owners: found.of(r.Inode), Hidden: found.hidden}
}

// served counts the connections by port and state, in order.
func served(rows []socketRow) []platform.PortState {
	var all []portable.Connection
	for _, r := range rows {
		if name, known := connectionStates[r.State]; known {
			all = append(all, portable.Connection{Port: r.Local.Port(), State: name, Held: r.Inode != 0})
		}
	}
	return portable.CountConnections(all)
}

// Ports compares the range from which the kernel hands out ports with the
// sockets that have them.
func (sockets) Ports(ctx context.Context, q platform.PortsAsk) (platform.PortUse, error) {
	var use platform.PortUse
	if err := ended(ctx); err != nil {
		return use, err
	}
	b, err := readFile(portRangePath)
	if err != nil {
		return use, fmt.Errorf("reading the range of ports: %w", problem(err))
	}
	low, high, ok := decodePair(b)
	if !ok {
		return use, &platform.Problem{Code: platform.Malformed, Text: "the range of ports cannot be read"}
	}
	use.Low, use.High = low, high
	if b, err := readFile(reservedPortsPath); err == nil {
		use.Reserved = decodeReserved(b, low, high)
	}
	rows, cut, err := tcpSockets(ctx, uint16(low), uint16(high))
	if err != nil {
		return use, err
	}
	use.Cut = cut
	to := netip.AddrPortFrom(q.To.Addr().Unmap().WithZone(""), q.To.Port())
	countPorts(ctx, &use, rows, to)
	return use, nil
}

// countPorts fills in how many of the ports are taken, in all and toward to.
func countPorts(ctx context.Context, use *platform.PortUse, rows []socketRow, to netip.AddrPort) {
	taken, toward := make(map[uint16]bool), make(map[uint16]bool)
	wanted := make(map[int]bool)
	use.States = make(map[string]int)
	for _, r := range rows {
		taken[r.Local.Port()] = true
		if !r.owned() && (r.Remote.Addr().Unmap() != to.Addr() || r.Remote.Port() != to.Port()) {
			continue
		}
		toward[r.Local.Port()] = true
		use.States[cmp.Or(connectionStates[r.State], "bound")]++
		if r.Inode != 0 {
			wanted[r.Inode] = r.State == tcpCloseWait
		}
	}
	use.Taken, use.Toward = len(taken), len(toward)
	use.Owners = holders(ctx, wanted).most(mostOwners)
}

// tcpSockets lists the TCP sockets whose local port lies between two.
func tcpSockets(ctx context.Context, low, high uint16) (rows []socketRow, cut bool, err error) {
	return socketsOf(ctx, diagTCP, everyState, low, high)
}

// socketsOf lists the sockets of both families whose local port lies between
// two; cut says that there were more.
func socketsOf(ctx context.Context, protocol, states int, low, high uint16) (rows []socketRow, cut bool, err error) {
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		bodies, err := dump(ctx, unix.NETLINK_SOCK_DIAG, sockDiagByFamily, socketRequest(protocol, family, states, low, high))
		if errors.Is(err, unix.ENOENT) && family == unix.AF_INET { // no module for the protocol here
			return nil, false, &platform.Problem{Code: platform.NoMechanism, Text: err.Error()}
		}
		if err != nil && !errors.Is(err, errTooLong) && !errors.Is(err, unix.ENOENT) {
			return nil, false, fmt.Errorf("listing sockets: %w", problem(err))
		}
		cut = cut || errors.Is(err, errTooLong)
		for _, b := range bodies {
			if r, ok := decodeSocket(b); ok {
				rows = append(rows, r)
			}
		}
	}
	return rows, cut, nil
}

// Files tells how many descriptors are open. What needs one to be read is left
// at zero when none is left.
func (sockets) Files(ctx context.Context, _ platform.Reading) (platform.FileUse, error) {
	var use platform.FileUse
	if err := ended(ctx); err != nil {
		return use, err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return use, fmt.Errorf("asking for the limit: %w", problem(err))
	}
	use.OwnLimit = int(min(limit.Cur, 1<<31))
	b, err := readFile(fileUsePath)
	if err != nil {
		return use, fmt.Errorf("reading file-nr: %w", problem(err))
	}
	use.System, use.SystemLimit = decodeFileUse(b)
	own, _, err := openFiles("/proc/self")
	use.Own = len(own)
	return use, problem(err)
}
