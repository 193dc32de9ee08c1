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
	// A neighbor on a link answers in milliseconds, one on a sleepy or busy
	// radio link in a few hundred. An entry that the kernel holds for valid is
	// asked for no longer: it does not fail of itself for up to 45 s
	// (BASE_REACHABLE_TIME, times up to 1.5).
	heldPatience  = 1200 * time.Millisecond
	neighborGroup = 1 << (unix.RTNLGRP_NEIGH - 1)
)

// Resolve asks the neighbor in every way that is open to it, and watches the
// entry meanwhile: a datagram, an echo request and a SYN, which make the kernel
// resolve and which the neighbor may answer itself, and with CAP_NET_RAW the
// question of ARP or of neighbor discovery. Only what is confirmed after the
// ask counts: an entry that is stale proves nothing, and one that is reachable
// was right up to 45 s ago (RFC 4861 §7.3.3).
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
	r.listen(fd, func() bool { r.changes(); return false })
	if err := r.read(); err != nil {
		return r.now(), err
	}
	return r.run(q)
}

// resolution is one neighbor being watched.
type resolution struct {
	ctx      context.Context
	began    time.Time
	table    int // the socket that tells of changes
	entry    neighborEntry
	mac      string       // with which the neighbor answered
	proved   platform.Tri // that it answered since the ask
	provoked bool         // the kernel had something to send to it
	until    time.Time    // when an entry that is held for valid is left at that
	direct   *solicitor   // nil where the neighbor cannot be asked directly
	sources  []source
}

// source is a socket on which something may come; hear says that it came from
// the neighbor.
type source struct {
	fd   *unix.PollFd
	hear func() bool
}

func (r *resolution) listen(fd int, hear func() bool) {
	r.sources = append(r.sources, source{&unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}, hear})
}

// now is what is known at this moment.
func (r *resolution) now() platform.Neighbor {
	n := r.entry.Neighbor
	if r.mac != "" {
		if n.State == platform.NeighborPermanent && n.MAC != r.mac {
			n.Held = n.MAC
		}
		n.MAC = r.mac
	}
	n.Confirmed, n.Waited = r.proved, time.Since(r.began)
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
	case platform.NeighborNoARP:
		return r.now(), nil // there is nothing to resolve, and nothing was proved
	case platform.NeighborReachable, platform.NeighborPermanent:
		r.until = r.began.Add(heldPatience)
	}
	w, err := newWaiter(r.ctx)
	if err != nil {
		return r.now(), err
	}
	defer w.close()
	done, refused := r.ask(q)
	defer done()
	if !r.provoked && r.direct == nil {
		return r.now(), refused
	}
	ctx := r.ctx
	n, err := r.watch(w)
	if n.Confirmed == platform.Unknown && refused != nil && !canceled(ctx) {
		err = refused // it tells more than the silence that it led to
	}
	return n, err
}

// ask sends what may be sent. The error is that of the datagram, which
// everybody may send; the others are silently left out.
func (r *resolution) ask(q platform.NeighborAsk) (done func(), err error) {
	var opened []func()
	done = func() {
		for _, f := range opened {
			f()
		}
	}
	if r.direct = newSolicitor(r.ctx, r.entry.Addr, r.entry.Link); r.direct != nil {
		opened = append(opened, r.direct.close)
		direct := r.direct
		r.listen(direct.fd, func() bool { return r.solicited(direct) })
		r.turn()
	}
	p, err := provoke(q)
	if err == nil {
		opened = append(opened, p.close)
		r.listen(p.fd, func() bool { return r.answered(p) })
		r.provoked = true
	}
	if e := provokeEcho(q); e != nil {
		opened = append(opened, e.close)
		r.listen(e.fd, func() bool { return r.echoed(e) })
		r.provoked = true
	}
	if err != nil {
		return done, err // a rule that keeps the datagram back may do so with a SYN, and would not say so
	}
	if fd := knock(q); fd >= 0 {
		opened = append(opened, func() { unix.Close(fd) })
		answer := &unix.PollFd{Fd: int32(fd), Events: unix.POLLOUT}
		r.sources = append(r.sources, source{answer, func() bool { return r.knocked(answer) }})
	}
	return done, nil
}

// provoke sends one datagram.
func provoke(q platform.NeighborAsk) (*probe, error) {
	p, err := newProbe(unix.SOCK_DGRAM, unix.IPPROTO_UDP, provoking(q), append(commonOptions(q.Addr, 0), bindTo(q.Link)...))
	if err != nil {
		return nil, err
	}
	if err := p.send([]byte{0}); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// provokeEcho sends one echo request; nil where that is not allowed.
func provokeEcho(q platform.NeighborAsk) *ping {
	p, err := newPing(platform.EchoAsk{To: provoking(q).Addr(), Seq: 1}, bindTo(q.Link)...)
	if err != nil {
		return nil
	}
	if p.send(p.message.encode()) != nil {
		p.close()
		return nil
	}
	return p
}

func provoking(q platform.NeighborAsk) netip.AddrPort {
	a := q.Addr.Unmap()
	if a.Is6() && a.IsLinkLocalUnicast() && q.Link > 0 {
		a = a.WithZone(fmt.Sprint(q.Link))
	}
	return netip.AddrPortFrom(a, discardPort)
}

// bindTo binds a socket to the link: SO_BINDTOIFINDEX needs no rights since
// Linux 5.7 on a socket that is bound to none.
func bindTo(link int) []option {
	if link <= 0 {
		return nil
	}
	return []option{{unix.SOL_SOCKET, unix.SO_BINDTOIFINDEX, link}}
}

// watch waits for an answer, for a change of the entry, or for the end of
// patience.
func (r *resolution) watch(w *waiter) (platform.Neighbor, error) {
	for {
		r.turn()
		if err := w.wait(r.limit(), r.polled()...); err != nil {
			return r.end(platform.Unknown, err)
		}
		switch {
		case r.heard():
			return r.end(platform.Yes, nil)
		case r.proved != platform.Unknown:
			return r.end(r.proved, nil)
		case r.direct != nil && r.direct.silent() && r.entry.State != platform.NeighborPermanent:
			return r.end(platform.No, nil)
		case !r.until.IsZero() && !time.Now().Before(r.until):
			return r.end(platform.Unknown, nil)
		}
	}
}

// turn asks directly when it is time to. What cannot be sent proves nothing.
func (r *resolution) turn() {
	if r.direct != nil && r.direct.turn() != nil {
		r.direct = nil
	}
}

// limit is how long to wait at most, 0 for no limit but the context's.
func (r *resolution) limit() time.Duration {
	next := r.until
	if r.direct != nil && !r.direct.silent() && (next.IsZero() || r.direct.due().Before(next)) {
		next = r.direct.due()
	}
	if next.IsZero() {
		return 0
	}
	return max(time.Until(next), time.Millisecond)
}

func (r *resolution) polled() []*unix.PollFd {
	var all []*unix.PollFd
	for _, s := range r.sources {
		all = append(all, s.fd)
	}
	return all
}

// heard reads where something came, and says whether the neighbor answered.
func (r *resolution) heard() (alive bool) {
	for _, s := range r.sources {
		if s.fd.Revents != 0 && s.hear() {
			alive = true
		}
	}
	return alive
}

// answered says that the neighbor itself answered the datagram: with a
// datagram, or with an ICMP error, most often "port unreachable".
func (r *resolution) answered(p *probe) bool {
	h, came, err := p.take(make([]byte, 512))
	return err == nil && came && r.itself(h)
}

// echoed says that the neighbor itself answered the echo request.
func (r *resolution) echoed(p *ping) bool {
	h, came, err := p.take(make([]byte, 512))
	return err == nil && came && p.ours(h) && r.itself(h)
}

func (r *resolution) itself(h heard) bool {
	return h.icmp == nil || h.icmp.From.WithZone("") == r.entry.Addr
}

// solicited says that the neighbor answered the direct question. With another
// MAC than the entry has it is alive as well.
func (r *resolution) solicited(s *solicitor) bool {
	mac, ok := s.hear()
	if ok && mac != "" {
		r.mac = mac
	}
	return ok
}

// changes reads what the kernel told of the table. Told too much at once, it
// says ENOBUFS, and the entry is read again.
func (r *resolution) changes() {
	datagram, err := kernelDatagram(r.table, make([]byte, netlinkBuffer))
	if err != nil {
		r.look()
		return
	}
	for m := range messages(datagram) {
		e, ok := decodeNeighbor(m.Body)
		if ok && m.Type == unix.RTM_NEWNEIGH && r.about(e) {
			was := r.entry.State
			r.entry = e
			r.judge(was)
		}
	}
}

// look reads the entry again: the kernel tells of no change from none to
// incomplete or from stale to delay, nor of a confirmation by what a
// connection received.
func (r *resolution) look() {
	was := r.entry.State
	if r.read() == nil {
		r.judge(was)
	}
}

// judge says what the entry proves that was in another state before. Reachable
// after reachable or delay may be the word of a confirmation from before the
// ask; the age of that tells, to a tick, so it is looked at once more later.
func (r *resolution) judge(was platform.NeighborState) {
	reachable := r.entry.State == platform.NeighborReachable
	held := was == platform.NeighborReachable || was == platform.NeighborDelay
	switch {
	case r.entry.confirmedWithin(time.Since(r.began)) || reachable && !held:
		r.proved = platform.Yes
	case reachable && r.until.IsZero():
		r.until = time.Now().Add(heldPatience)
	case r.entry.State == platform.NeighborFailed && r.provoked && r.proved == platform.Unknown:
		r.proved = platform.No
	}
}

// end tells what was proved. The table is read once more, as an answer comes
// before the news of it; whom the kernel saw alive meanwhile is so even if it
// did not answer us.
func (r *resolution) end(proved platform.Tri, err error) (platform.Neighbor, error) {
	if stop := ended(r.ctx); stop != nil && err != nil {
		err = stop
	}
	r.ctx = context.WithoutCancel(r.ctx)
	r.look()
	if proved == platform.Yes || r.proved == platform.Unknown {
		r.proved = proved
	}
	if r.proved != platform.Unknown {
		return r.now(), nil
	}
	return r.now(), err
}
