package linux

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

const (
	traceGroup   = 1 << (9 - 1)          // NFNLGRP_NFTRACE
	traceMessage = 10<<8 | 17            // NFT_MSG_TRACE
	traceRest    = 30 * time.Millisecond // for events that are still on their way
	tablePrefix  = "faultline_trace_"
	mostTraced   = 256
)

// WatchFlow makes a table of its own that marks the packets of one connection for
// tracing. The kernel removes the table when the socket that made it is closed, by
// Stop or by the end of the process (NFT_TABLE_F_OWNER, Linux 5.12); one that does
// not know that is not asked to trace.
func (firewall) WatchFlow(ctx context.Context, q platform.FlowAsk) (platform.Tap[platform.RuleHits], error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	if !capable(unix.CAP_NET_ADMIN) {
		return nil, &platform.Problem{Code: platform.Permission, Text: "tracing needs CAP_NET_ADMIN"}
	}
	if q.Limit <= 0 || q.Limit > mostTraced {
		q.Limit = mostTraced
	}
	t := &flowTap{ask: q, began: time.Now(), table: tablePrefix + suffix(), listens: -1, owns: -1}
	if err := t.arm(ctx); err != nil {
		t.close()
		return nil, fmt.Errorf("tracing a connection: %w", problem(err))
	}
	return t, nil
}

func suffix() string {
	b := make([]byte, 4)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// flowTap is one trace; the table lives as long as owns is open.
type flowTap struct {
	ask           platform.FlowAsk
	table         string
	began         time.Time
	listens, owns int
	once          sync.Once
	hits          platform.RuleHits
	err           error
}

func (t *flowTap) arm(ctx context.Context) (err error) {
	if t.listens, err = netlinkSocket(unix.NETLINK_NETFILTER, traceGroup); err != nil {
		return err
	}
	if t.owns, err = netlinkSocket(unix.NETLINK_NETFILTER, 0); err != nil {
		return err
	}
	to := &unix.SockaddrNetlink{Family: unix.AF_NETLINK}
	if err := unix.Sendto(t.owns, traceRules(t.table, t.ask), 0, to); err != nil {
		return err
	}
	return t.acknowledged(ctx)
}

// acknowledged waits until the kernel has answered for the table, both chains and
// both rules.
func (t *flowTap) acknowledged(ctx context.Context) error {
	ctx, cancel := bounded(ctx, netlinkPatience)
	defer cancel()
	w, err := newWaiter(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	buf := make([]byte, netlinkBuffer)
	for left := 5; left > 0; {
		if err := w.wait(0, &unix.PollFd{Fd: int32(t.owns), Events: unix.POLLIN}); err != nil {
			return err
		}
		datagram, err := kernelDatagram(t.owns, buf)
		if err != nil {
			return err
		}
		for m := range messages(datagram) {
			if m.Type != messageError {
				continue
			}
			if n := failure(m.Body); n != 0 {
				return unix.Errno(n)
			}
			left--
		}
	}
	return nil
}

// Stop takes the table away, looks whether it is gone, and returns what was told.
func (t *flowTap) Stop(ctx context.Context) (platform.RuleHits, error) {
	t.once.Do(func() { t.hits, t.err = t.stop(ctx) })
	return t.hits, t.err
}

func (t *flowTap) stop(ctx context.Context) (platform.RuleHits, error) {
	defer t.close()
	r := &traceReader{ask: t.ask, own: t.table, ids: map[uint32]bool{}, back: map[uint32]bool{}}
	err := t.read(ctx, r)
	unix.Close(t.owns)
	t.owns = -1
	r.hits.Removed, r.hits.For = t.gone(context.WithoutCancel(ctx)), time.Since(t.began)
	return r.hits, err
}

// read takes what has come, and what comes within a moment.
func (t *flowTap) read(ctx context.Context, r *traceReader) error {
	w, err := newWaiter(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	buf := make([]byte, netlinkBuffer)
	for {
		fd := &unix.PollFd{Fd: int32(t.listens), Events: unix.POLLIN}
		if err := w.wait(traceRest, fd); err != nil {
			return problem(err)
		}
		if fd.Revents == 0 {
			return nil
		}
		datagram, err := kernelDatagram(t.listens, buf)
		if err == unix.ENOBUFS {
			r.hits.Lost++
			continue
		}
		if err != nil {
			return problem(err)
		}
		for m := range messages(datagram) {
			if m.Type == traceMessage {
				r.take(m.Body)
			}
		}
	}
}

// gone reads the tables again.
func (t *flowTap) gone(ctx context.Context) platform.Tri {
	bodies, err := dump(ctx, unix.NETLINK_NETFILTER, listTables, []byte{unix.AF_UNSPEC, 0, 0, 0})
	if err != nil {
		return platform.Unknown
	}
	for _, b := range bodies {
		if len(b) > 4 {
			for k, v := range attributes(b[4:]) {
				if k == 1 && strings.HasPrefix(text(v), t.table) {
					return platform.No
				}
			}
		}
	}
	return platform.Yes
}

func (t *flowTap) close() {
	for _, fd := range []int{t.listens, t.owns} {
		if fd >= 0 {
			unix.Close(fd)
		}
	}
	t.listens, t.owns = -1, -1
}
