package linux

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"faultline/platform"
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
