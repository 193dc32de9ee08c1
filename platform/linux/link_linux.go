package linux

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type links struct{}

// All dumps the adapters, then the addresses.
func (links) All(ctx context.Context, _ platform.Reading) ([]platform.Link, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	bodies, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETLINK, make([]byte, linkBody))
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", problem(err))
	}
	addresses, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETADDR, make([]byte, addrBody))
	if err != nil {
		return nil, fmt.Errorf("listing addresses: %w", problem(err))
	}
	return assemble(bodies, addresses, wireless(ctx)), nil
}

func assemble(bodies, addresses [][]byte, wifi map[int]bool) []platform.Link {
	var all []platform.Link
	at := make(map[int]int)
	for _, b := range bodies {
		if l, ok := decodeLink(b); ok {
			if wifi[l.Index] {
				l.Kind = platform.WiFi
			}
			at[l.Index] = len(all)
			all = append(all, l)
		}
	}
	for _, b := range addresses {
		if a, index, ok := decodeAddress(b); ok {
			if i, known := at[index]; known {
				all[i].Addresses = append(all[i].Addresses, a)
			}
		}
	}
	return all
}

// linkNameOf asks for the name of one adapter; "" when there is none.
func linkNameOf(ctx context.Context, index int) string {
	if index <= 0 {
		return ""
	}
	body := make([]byte, linkBody)
	host.PutUint32(body[4:], uint32(index))
	bodies, err := ask(ctx, unix.NETLINK_ROUTE, unix.RTM_GETLINK, unix.NLM_F_REQUEST, body)
	if err != nil || len(bodies) == 0 {
		return ""
	}
	l, _ := decodeLink(bodies[0])
	return l.Name
}
