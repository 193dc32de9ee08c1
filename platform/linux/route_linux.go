package linux

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

type routes struct{}

// All dumps every table of both families.
func (routes) All(ctx context.Context, _ platform.Reading) ([]platform.Route, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	all, err := allRoutes(ctx)
	names := make(map[int]string)
	for i, r := range all {
		name, known := names[r.Link]
		if !known {
			name = linkNameOf(ctx, r.Link)
			names[r.Link] = name
		}
		all[i].LinkName = name
	}
	return all, err
}

func allRoutes(ctx context.Context) ([]platform.Route, error) {
	var all []platform.Route
	bodies, err := dump(ctx, unix.NETLINK_ROUTE, unix.RTM_GETROUTE, make([]byte, routeBody))
	for _, b := range bodies {
		if !cached(b) {
			all = append(all, decodeRoutes(b)...)
		}
	}
	if err != nil {
		return all, fmt.Errorf("listing routes: %w", problem(err))
	}
	return all, nil
}

// rejections are the error numbers with which RTM_GETROUTE tells the kinds of
// routes that reject (net/ipv4/fib_semantics.c, fib_props).
var rejections = map[unix.Errno]platform.RouteKind{
	unix.EACCES: platform.Prohibit, unix.EINVAL: platform.Blackhole, unix.EHOSTUNREACH: platform.Unreachable,
}

// To asks twice: the plain answer holds the source and the next hop, the
// answer with RTM_F_FIB_MATCH the entry that matched.
func (routes) To(ctx context.Context, q platform.RouteAsk) (platform.Route, error) {
	if err := ended(ctx); err != nil {
		return platform.Route{}, err
	}
	link, err := zoneIndex(q.Dst)
	if err != nil {
		return platform.Route{}, err
	}
	if q.Link > 0 {
		link = q.Link
	}
	choice, err := lookup(ctx, q, link, routeLookup)
	if err != nil {
		return rejection(ctx, q, err)
	}
	if entry, err := lookup(ctx, q, link, routeLookup|routeFIBMatch); err == nil {
		choice = merge(choice, entry)
	} else {
		choice.Dst = platform.Route{}.Dst // the plain answer repeats the address asked for
	}
	choice.LinkName = linkNameOf(ctx, choice.Link)
	return choice, nil
}

func lookup(ctx context.Context, q platform.RouteAsk, link int, flags uint32) (platform.Route, error) {
	bodies, err := ask(ctx, unix.NETLINK_ROUTE, unix.RTM_GETROUTE, unix.NLM_F_REQUEST, routeRequest(q, link, flags))
	if err != nil {
		return platform.Route{}, err
	}
	for _, b := range bodies {
		for _, r := range decodeRoutes(b) {
			return r, nil
		}
	}
	return platform.Route{}, &platform.Problem{Code: platform.Malformed, Text: "no route in the kernel's answer"}
}

// rejection turns the error number of a lookup into the route that rejects.
func rejection(ctx context.Context, q platform.RouteAsk, err error) (platform.Route, error) {
	if q.Src.IsValid() && !isOwn(ctx, q.Src) {
		return platform.Route{}, errForeignSource // the kernel says EINVAL or ENETUNREACH
	}
	var errno unix.Errno
	if errors.As(err, &errno) {
		if kind, rejects := rejections[errno]; rejects {
			all, _ := allRoutes(ctx)
			return rejecting(all, q.Dst.Unmap(), kind), nil
		}
	}
	return platform.Route{}, fmt.Errorf("asking for the route: %w", problem(err))
}

var errForeignSource = &platform.Problem{Code: platform.NotFound, Text: "the source is no address of this machine"}

func isOwn(ctx context.Context, a netip.Addr) bool {
	r, err := lookup(ctx, platform.RouteAsk{Dst: a}, 0, routeLookup)
	return err == nil && r.Kind == platform.Local
}
