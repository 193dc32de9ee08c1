package linux

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// zoneIndex is the index of the adapter that a zone names; 0 without a zone.
func zoneIndex(a netip.Addr) (int, error) {
	zone := a.Zone()
	if n, err := strconv.Atoi(zone); err == nil && n > 0 || zone == "" {
		return n, nil
	}
	link, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, &platform.Problem{Code: platform.NotFound, Text: "no adapter " + strconv.Quote(zone)}
	}
	return link.Index, nil
}

// family is the address family of a, with IPv4 in IPv6 taken as IPv4.
func family(a netip.Addr) int {
	if a.Unmap().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// sockaddr spells an address for the kernel.
func sockaddr(to netip.AddrPort) (unix.Sockaddr, error) {
	a := to.Addr().Unmap()
	switch {
	case !a.IsValid():
		return nil, &platform.Problem{Code: platform.Other, Text: "no address to ask"}
	case a.Is4():
		return &unix.SockaddrInet4{Port: int(to.Port()), Addr: a.As4()}, nil
	}
	index, err := zoneIndex(a)
	if err != nil {
		return nil, fmt.Errorf("reading the zone: %w", err)
	}
	return &unix.SockaddrInet6{Port: int(to.Port()), Addr: a.As16(), ZoneId: uint32(index)}, nil
}

// addrPort reads an address of the kernel, without zone.
func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr).Unmap(), uint16(sa.Port))
	}
	return netip.AddrPort{}
}

// local is the address that a socket has now.
func local(fd int) netip.AddrPort {
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}
	}
	return addrPort(sa)
}
