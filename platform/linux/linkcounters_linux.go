package linux

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// Counters dumps the links once more for what they counted, and adds what
// ethtool and the queueing disciplines know of their speed.
func (links) Counters(ctx context.Context, _ platform.Reading) ([]platform.LinkCounters, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	bodies, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETLINK, make([]byte, linkBody))
	if err != nil {
		return nil, fmt.Errorf("reading counters of links: %w", problem(err))
	}
	now := time.Now()
	var all []platform.LinkCounters
	at := make(map[int]int)
	for _, b := range bodies {
		if c, ok := decodeLinkCounters(b); ok {
			c.At = now
			at[c.Link] = len(all)
			all = append(all, c)
		}
	}
	for _, b := range modes(ctx) {
		link, speed, duplex := decodeModes(b)
		if i, known := at[link]; known {
			all[i].Speed, all[i].Duplex = speed, duplex
		}
	}
	for _, s := range shapers(ctx) {
		if i, known := at[s.Link]; known {
			all[i].Shaped = s.Rate
		}
	}
	return all, nil
}

// modes asks ethtool of every link; a kernel without its netlink family tells
// nothing.
func modes(ctx context.Context) [][]byte {
	family := genericFamily(ctx, "ethtool")
	if family == 0 {
		return nil
	}
	bodies, _ := dump(ctx, unix.NETLINK_GENERIC, family, []byte{modesGet, 1, 0, 0})
	return bodies
}

// shapers lists what limits a whole link.
func shapers(ctx context.Context) (all []shaper) {
	bodies, _ := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETQDISC, make([]byte, qdiscBody))
	for _, b := range bodies {
		s, ok := decodeShaper(b)
		if !ok {
			continue
		}
		if s.Kind == "htb" {
			s.Rate = ceiling(ctx, s)
		}
		all = append(all, s)
	}
	return all
}

// ceiling is what the classes at the top of a hierarchy may send together at
// most; one class there is the rule, and of several the fastest counts.
func ceiling(ctx context.Context, s shaper) (most int64) {
	ask := make([]byte, qdiscBody)
	host.PutUint32(ask[4:], uint32(s.Link))
	bodies, _ := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETTCLASS, ask)
	for _, b := range bodies {
		if rate, ok := decodeCeiling(b, s.Class); ok {
			most = max(most, rate)
		}
	}
	return most
}
