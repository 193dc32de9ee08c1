package linux

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// Rules dumps the rules of both families. The kernel keeps them in order; the
// sort only parts the families.
func (routes) Rules(ctx context.Context, _ platform.Reading) ([]platform.RouteRule, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	bodies, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETRULE, make([]byte, ruleBody))
	var all []platform.RouteRule
	for _, b := range bodies {
		if r, ok := decodeRule(b); ok {
			all = append(all, r)
		}
	}
	if err != nil {
		return all, fmt.Errorf("listing rules: %w", problem(err))
	}
	slices.SortStableFunc(all, func(a, b platform.RouteRule) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Priority, b.Priority))
	})
	return all, nil
}
