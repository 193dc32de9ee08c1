package windows

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"faultline/platform"
)

var procResolveIPNetEntry2 = iphlpapi.NewProc("ResolveIpNetEntry2")

const (
	errorBadNetName = 67 // ERROR_BAD_NET_NAME: nobody answered

	resolvePatience = 10 * time.Second
	// Most neighbors answer within milliseconds; whoever does not is looked for
	// less and less often.
	firstReread = 4 * time.Millisecond
	lastReread  = 64 * time.Millisecond
)

// neighbors serves the methods that Windows has a way for; the rest stays as it
// was.
type neighbors struct{ platform.Neighbors }

// All reads the neighbor tables.
func (neighbors) All(ctx context.Context, _ platform.Reading) ([]platform.Neighbor, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	all, err := readNeighbors()
	if err != nil {
		return nil, fmt.Errorf("listing neighbors: %w", err)
	}
	return all, nil
}

// Resolve has the system ask: ResolveIpNetEntry2 forgets what it knew and sends
// ARP requests or neighbor solicitations. It is not used for a permanent entry,
// which it would forget as well. Where it is missing or denied, a datagram, an
// echo request and a SYN make the system ask, and the table is watched beside
// what the neighbor answers itself.
func (neighbors) Resolve(ctx context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	q.Addr = q.Addr.Unmap().WithZone("")
	n := platform.Neighbor{Addr: q.Addr, Link: q.Link, State: platform.NeighborNone}
	if err := ended(ctx); err != nil {
		return n, err
	}
	ctx, cancel := bounded(ctx, resolvePatience)
	defer cancel()
	r := resolving{began: time.Now()}
	if done, err := place(ctx, &n); done || err != nil {
		return n, err
	}
	r.before, q.Link = n.State, n.Link
	if n.State == platform.NeighborPermanent {
		return n, nil // it may be there because the neighbor answers no such question
	}
	err := r.direct(ctx, q, &n)
	if errors.Is(err, platform.ErrUnsupported) || errors.Is(err, platform.ErrPermission) {
		err = r.watch(ctx, q, &n)
	}
	n.Waited = time.Since(r.began)
	return n, err
}

// place finds the adapter of a neighbor and its entry. It is done where nobody
// is to be looked for.
func place(ctx context.Context, n *platform.Neighbor) (done bool, err error) {
	if n.Link == 0 {
		route, err := routes{}.To(ctx, platform.RouteAsk{Dst: n.Addr})
		if err != nil {
			return false, err
		}
		n.Link = route.Link
	}
	table, err := readIfTable()
	if err != nil {
		return false, fmt.Errorf("listing interfaces: %w", err)
	}
	for _, i := range table {
		if i.index == n.Link && i.noARP() {
			n.State = platform.NeighborNoARP
			return true, nil
		}
	}
	return false, reread(n)
}

// reread looks the entry up.
func reread(n *platform.Neighbor) error {
	all, err := readNeighbors()
	n.State = platform.NeighborNone
	for _, e := range all {
		if e.Addr == n.Addr && e.Link == n.Link {
			n.State, n.MAC, n.Router = e.State, e.MAC, e.Router
		}
	}
	if err != nil {
		return fmt.Errorf("looking the neighbor up: %w", err)
	}
	return nil
}

// direct has the system ask the neighbor, and waits for as long as the ask lasts.
func (r resolving) direct(ctx context.Context, q platform.NeighborAsk, n *platform.Neighbor) error {
	if err := absent(procResolveIPNetEntry2); err != nil {
		return err
	}
	type answer struct {
		row    []byte
		number uint32
	}
	a, err := within(ctx, func() (answer, error) {
		row := encodeNeighbor(q)
		number, _, _ := procResolveIPNetEntry2.Call(uintptr(unsafe.Pointer(&row[0])), 0)
		return answer{row, uint32(number)}, nil
	})
	if err != nil {
		_ = reread(n)
		return err
	}
	return r.told(n, a.row, a.number)
}

// told makes what ResolveIpNetEntry2 answered the neighbor's state.
func (r resolving) told(n *platform.Neighbor, row []byte, number uint32) error {
	switch asked, ok := decodeNeighbor(row); {
	case number == 0 && ok && asked.MAC != "":
		*n = asked
		n.Confirmed = platform.Yes
		return nil
	case number == 0:
		return reread(n)
	case number == errorBadNetName:
		err := reread(n)
		if n.Confirmed = platform.No; n.State == platform.NeighborNone {
			n.State = platform.NeighborFailed
		}
		return err
	}
	return fmt.Errorf("resolving the neighbor: %w", systemProblem(number))
}

// watch asks in every way that is open and reads the table, until the neighbor
// answers or the entry tells something. What cannot be read any more says less
// than the answer.
func (r resolving) watch(ctx context.Context, q platform.NeighborAsk, n *platform.Neighbor) error {
	refused := provoke(q)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	alive := asked(ctx, q, refused == nil)
	wait := firstReread
	again := time.NewTimer(wait)
	defer again.Stop()
	for settled := false; !settled; wait = min(2*wait, lastReread) {
		if err := reread(n); err != nil {
			return err
		}
		if n.Confirmed, settled = r.judge(*n, time.Now()); settled {
			break
		}
		select {
		case <-alive:
			_ = reread(n)
			n.Confirmed = platform.Yes
			return nil
		case <-again.C:
			again.Reset(wait)
		case <-ctx.Done():
			return ended(ctx)
		}
	}
	if n.Confirmed == platform.Unknown {
		return refused
	}
	return nil
}

// neighborRows are the mechanisms of Neighbors, and those of its kin that would
// need frames of their own, which no program may send on Windows without a
// driver.
func neighborRows() []platform.Mechanism {
	via, how := "ResolveIpNetEntry2", platform.TriedDecode
	if absent(procResolveIPNetEntry2) != nil {
		via, how = "a datagram, an echo and a SYN, and the neighbor table", platform.TriedWine
	}
	resolve := tried("neighbors.resolve", via, nil)
	resolve.Tried = how
	const needs = "a driver that sends frames; Windows has none of its own"
	return []platform.Mechanism{
		neighborTable(),
		resolve,
		{Method: "neighbors.claimants", Via: "ARP probe (RFC 5227)", State: platform.MechanismMissing, Needs: needs, Tried: platform.TriedNever},
		{Method: "relays.try", Via: "packets in frames of their own", State: platform.MechanismMissing, Needs: needs, Tried: platform.TriedNever},
	}
}

// neighborTable is the row of the table, by the call that answers.
func neighborTable() platform.Mechanism {
	_, err := mibTable(procGetIPNetTable2, everyFamily, netRows, netRowSize)
	if err == nil {
		return tried("neighbors.all", "GetIpNetTable2", nil)
	}
	_, err = readNeighbors()
	return tried("neighbors.all", "GetIpNetTable, IPv4 alone", err)
}
