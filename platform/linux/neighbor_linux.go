package linux

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	discardPort = 9 // RFC 863: where nobody minds a byte
	// A stale entry is probed after 5 s (DELAY_FIRST_PROBE_TIME) and given up
	// 3 s later (net/core/neighbour.c).
	resolvePatience = 10 * time.Second
	neighborGroup   = 1 << (unix.RTNLGRP_NEIGH - 1)
)

type neighbors struct{}

// All dumps the neighbor tables. Entries for groups are no neighbors.
func (neighbors) All(ctx context.Context, _ platform.Reading) ([]platform.Neighbor, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	entries, err := neighborEntries(ctx)
	var all []platform.Neighbor
	for _, e := range entries {
		if !e.Addr.IsMulticast() && !e.Addr.IsUnspecified() {
			all = append(all, e.Neighbor)
		}
	}
	return all, err
}

func neighborEntries(ctx context.Context) ([]neighborEntry, error) {
	bodies, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETNEIGH, make([]byte, neighborBody))
	var all []neighborEntry
	for _, b := range bodies {
		if e, ok := decodeNeighbor(b); ok {
			all = append(all, e)
		}
	}
	if err != nil {
		return all, fmt.Errorf("listing neighbors: %w", problem(err))
	}
	return all, nil
}

// Resolve sends one datagram and watches the entry. An entry that is stale
// proves nothing, and stays so until the kernel has to use it; only what is
// confirmed after the ask counts, or what the kernel holds for reachable now
// (RFC 4861 §7.3.3).
func (neighbors) Resolve(ctx context.Context, q platform.NeighborAsk) (platform.Neighbor, error) {
	if err := ended(ctx); err != nil {
		return platform.Neighbor{}, err
	}
	ctx, cancel := bounded(ctx, resolvePatience)
	defer cancel()
	r := &resolution{ctx: ctx, began: time.Now()}
	r.entry.Neighbor = platform.Neighbor{Addr: q.Addr.WithZone("").Unmap(), Link: q.Link, State: platform.NeighborNone}
	fd, err := netlinkSocket(unix.NETLINK_ROUTE, neighborGroup)
	if err != nil {
		return r.now(), err
	}
	defer unix.Close(fd)
	r.table = fd
	if err := r.read(); err != nil {
		return r.now(), err
	}
	return r.run(q)
}

// resolution is one neighbor being watched.
type resolution struct {
	ctx   context.Context
	began time.Time
	table int // the socket that tells of changes
	probe *probe
	entry neighborEntry
}

// now is what is known at this moment.
func (r *resolution) now() platform.Neighbor {
	n := r.entry.Neighbor
	n.Waited = time.Since(r.began)
	return n
}

// read looks the entry up.
func (r *resolution) read() error {
	entries, err := neighborEntries(r.ctx)
	for _, e := range entries {
		if r.about(e) {
			r.entry = e
		}
	}
	return err
}

func (r *resolution) about(e neighborEntry) bool {
	return e.Addr == r.entry.Addr && (r.entry.Link == 0 || e.Link == r.entry.Link)
}

func (r *resolution) run(q platform.NeighborAsk) (platform.Neighbor, error) {
	switch r.entry.State {
	case platform.NeighborReachable:
		return r.settled(platform.Yes)
	case platform.NeighborPermanent, platform.NeighborNoARP:
		return r.now(), nil // there is nothing to resolve, and nothing was proved
	}
	p, err := newProbe(unix.SOCK_DGRAM, unix.IPPROTO_UDP, provoking(q), provokingOptions(q))
	if err != nil {
		return r.now(), err
	}
	defer p.close()
	w, err := newWaiter(r.ctx)
	if err != nil {
		return r.now(), err
	}
	defer w.close()
	if err := p.send([]byte{0}); err != nil {
		return r.now(), err
	}
	r.probe = p
	return r.watch(w)
}

func provoking(q platform.NeighborAsk) netip.AddrPort {
	a := q.Addr.Unmap()
	if a.Is6() && a.IsLinkLocalUnicast() && q.Link > 0 {
		a = a.WithZone(fmt.Sprint(q.Link))
	}
	return netip.AddrPortFrom(a, discardPort)
}

// provokingOptions binds the datagram to the link: SO_BINDTOIFINDEX needs no
// rights since Linux 5.7 on a socket that is bound to none.
func provokingOptions(q platform.NeighborAsk) []option {
	all := commonOptions(q.Addr, 0)
	if q.Link > 0 {
		all = append(all, option{unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, q.Link})
	}
	return all
}

// watch waits for a change of the entry, or for an answer to the datagram.
func (r *resolution) watch(w *waiter) (platform.Neighbor, error) {
	for {
		table := &unix.PollFd{Fd: int32(r.table), Events: unix.POLLIN}
		answer := &unix.PollFd{Fd: int32(r.probe.fd), Events: unix.POLLIN}
		if err := w.wait(0, table, answer); err != nil {
			return r.gaveUp(err)
		}
		if answer.Revents != 0 && r.answered() {
			return r.settled(platform.Yes)
		}
		if table.Revents != 0 {
			r.changes()
		}
		if r.entry.Confirmed != platform.Unknown {
			return r.settled(r.entry.Confirmed)
		}
	}
}

// answered says that the neighbor itself answered the datagram: with a
// datagram, or with an ICMP error, most often "port unreachable".
func (r *resolution) answered() bool {
	h, came, err := r.probe.take(make([]byte, 512))
	return err == nil && came && (h.icmp == nil || h.icmp.From.WithZone("") == r.entry.Addr)
}

// changes reads what the kernel told of the table. Told too much at once, it
// says ENOBUFS, and the entry is read again.
func (r *resolution) changes() {
	datagram, err := kernelDatagram(r.table, make([]byte, netlinkBuffer))
	if err != nil {
		if r.read() == nil {
			r.judge()
		}
		return
	}
	for m := range messages(datagram) {
		e, ok := decodeNeighbor(m.Body)
		if ok && m.Type == unix.RTM_NEWNEIGH && r.about(e) {
			r.entry = e
			r.judge()
		}
	}
}

// judge says what the entry proves. It is called for changes since the ask
// alone.
func (r *resolution) judge() {
	switch {
	case r.entry.State == platform.NeighborReachable || r.entry.confirmedWithin(time.Since(r.began)):
		r.entry.Confirmed = platform.Yes
	case r.entry.State == platform.NeighborFailed:
		r.entry.Confirmed = platform.No
	}
}

// settled is the end that proves something. The table is read once more, as
// an answer to the datagram comes before the news of it.
func (r *resolution) settled(confirmed platform.Tri) (platform.Neighbor, error) {
	if r.entry.State != platform.NeighborReachable && r.entry.State != platform.NeighborFailed {
		_ = r.read()
	}
	n := r.now()
	n.Confirmed = confirmed
	return n, nil
}

// gaveUp is the end of the context: the state that was reached. The entry is
// read once more, as the kernel tells of no change from none to incomplete or
// from stale to delay.
func (r *resolution) gaveUp(err error) (platform.Neighbor, error) {
	stop := ended(r.ctx)
	r.ctx = context.WithoutCancel(r.ctx)
	if r.read() == nil {
		r.judge()
	}
	if r.entry.Confirmed != platform.Unknown {
		return r.now(), nil
	}
	if stop != nil {
		return r.now(), stop
	}
	return r.now(), err
}
