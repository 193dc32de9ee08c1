package windows

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"faultline/platform"
)

var errForeignSource = &platform.Problem{Code: platform.NotFound, Text: "the source is no address of this machine"}

var procGetBestRoute2 = iphlpapi.NewProc("GetBestRoute2")

type routes struct{}

// All reads the routes of both families.
func (routes) All(ctx context.Context, _ platform.Reading) ([]platform.Route, error) {
	if err := ended(ctx); err != nil {
		return nil, err
	}
	r, err := readRouting()
	if err != nil {
		return nil, err
	}
	return r.table, nil
}

// To asks the system for its choice, which tells the source as well. Where it
// does not tell, the choice is made here from the table.
func (routes) To(ctx context.Context, q platform.RouteAsk) (platform.Route, error) {
	if err := ended(ctx); err != nil {
		return platform.Route{}, err
	}
	if err := withinZone(&q); err != nil {
		return platform.Route{}, err
	}
	r, err := routingWithout()
	if err != nil {
		return platform.Route{}, err
	}
	if link, known := r.settled(q); known {
		return localRoute(q.Dst, link)
	}
	if q.Src.IsValid() && !r.has(q.Src) {
		return platform.Route{}, errForeignSource
	}
	row, source, err := bestRoute(q)
	switch {
	case errors.Is(err, platform.ErrUnsupported):
		return chosenRoute(q)
	case errors.Is(err, platform.ErrNotFound), errors.Is(err, platform.ErrUnreachableNet), errors.Is(err, platform.ErrUnreachableHost):
		return platform.Route{}, errNoRoute
	case err != nil:
		return platform.Route{}, fmt.Errorf("asking for the route: %w", err)
	}
	return r.answer(row, source), nil
}

// Rules are none: Windows has one table in each compartment, and nothing that
// chooses among several.
func (routes) Rules(ctx context.Context, _ platform.Reading) ([]platform.RouteRule, error) {
	return nil, ended(ctx)
}

// withinZone makes the zone of an address the adapter to ask for.
func withinZone(q *platform.RouteAsk) error {
	zone, err := zoneIndex(q.Dst.Zone())
	if err != nil {
		return err
	}
	q.Dst, q.Src = q.Dst.Unmap().WithZone(""), q.Src.Unmap().WithZone("")
	if q.Link == 0 {
		q.Link = int(zone)
	}
	return nil
}

// bestRoute calls GetBestRoute2 of netioapi.h.
func bestRoute(q platform.RouteAsk) (row platform.Route, source netip.Addr, err error) {
	if err := absent(procGetBestRoute2); err != nil {
		return row, source, err
	}
	dst, from, best, chosen := appendInet(nil, q.Dst, uint32(q.Link)), appendInet(nil, q.Src, uint32(q.Link)), make([]byte, forwardRowSize), make([]byte, sizeSockaddrInet)
	var bound *byte
	if q.Src.IsValid() {
		bound = &from[0]
	}
	n, _, _ := procGetBestRoute2.Call(0, uintptr(q.Link), uintptr(unsafe.Pointer(bound)), uintptr(unsafe.Pointer(&dst[0])), 0,
		uintptr(unsafe.Pointer(&best[0])), uintptr(unsafe.Pointer(&chosen[0])))
	if n != 0 {
		return row, source, systemProblem(uint32(n))
	}
	row, ok := decodeForward(best)
	if !ok {
		return row, source, &platform.Problem{Code: platform.Malformed, Text: "no route in the system's answer"}
	}
	return row, structure(chosen).inet(), nil
}

// localRoute is the way to an address of this machine's own.
func localRoute(dst netip.Addr, link int) (platform.Route, error) {
	r, err := readRouting()
	if err != nil {
		return platform.Route{}, err
	}
	return r.local(dst, link), nil
}

// chosenRoute chooses from the table.
func chosenRoute(q platform.RouteAsk) (platform.Route, error) {
	r, err := readRouting()
	if err != nil {
		return platform.Route{}, err
	}
	return r.choose(q)
}

// routingWithout reads what routes are completed with, and not the table: that
// of a router or of a VPN with many networks is long.
func routingWithout() (*routing, error) {
	all, err := knownAdapters()
	if err != nil {
		return nil, fmt.Errorf("listing adapters: %w", err)
	}
	return newRouting(nil, all, readIPInterfaces(all)), nil
}

// readRouting reads all that the choice of a route rests on.
func readRouting() (*routing, error) {
	all, err := knownAdapters()
	if err != nil {
		return nil, fmt.Errorf("listing adapters: %w", err)
	}
	b, err := mibTable(procGetIPForwardTable2, everyFamily, forwardRows, forwardRowSize)
	if err != nil {
		return nil, fmt.Errorf("listing routes: %w", err)
	}
	return newRouting(decodeForwardTable(b), all, readIPInterfaces(all)), nil
}

// routeRows are the mechanisms of Routes.
func routeRows() []platform.Mechanism {
	via := "GetBestRoute2"
	if _, _, err := bestRoute(platform.RouteAsk{Dst: netip.AddrFrom4([4]byte{127, 0, 0, 1})}); err != nil {
		via = "longest prefix of GetIpForwardTable2"
	}
	return []platform.Mechanism{
		tried("routes.all", "GetIpForwardTable2, GetIpInterfaceTable", absent(procGetIPForwardTable2)),
		tried("routes.to", via, absent(procGetIPForwardTable2)),
		tried("routes.rules", "none on Windows", nil),
	}
}
