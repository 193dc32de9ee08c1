package windows

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/windows"

	"faultline/platform"
)

var (
	iphlpapi = windows.NewLazySystemDLL("iphlpapi.dll")
	kernel32 = windows.NewLazySystemDLL("kernel32.dll")
)

// numberOf is the number of an error of the system.
func numberOf(err error) uint32 {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return uint32(errno)
	}
	return 0
}

// socketProblem gives an error of Winsock its code.
func socketProblem(err error) error {
	if n := numberOf(err); n != 0 {
		return winsockProblem(n)
	}
	return platform.AsProblem(err)
}

// await starts one overlapped call on a socket and waits until it is done or
// the context ended. It returns only when the system has let go of what the
// call writes to. The error is the system's own number, or the context's.
func await(ctx context.Context, s windows.Handle, start func(*windows.Overlapped) error) (int, error) {
	done, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return 0, err
	}
	defer windows.CloseHandle(done)
	call := &windows.Overlapped{HEvent: done}
	if err := start(call); err != nil && err != windows.ERROR_IO_PENDING {
		return 0, err
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		_ = windows.CancelIoEx(s, call)
	})
	var n, flags uint32
	_, _ = windows.WaitForSingleObject(done, windows.INFINITE)
	if !stop() {
		<-told
	}
	err = windows.WSAGetOverlappedResult(s, call, &n, true, &flags)
	if err != nil && ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return int(n), err
}

// startWinsock makes Winsock usable to this process, once.
var startWinsock = sync.OnceValue(func() error {
	var data windows.WSAData
	return windows.WSAStartup(0x202, &data)
})

// newSocket opens an overlapped socket that no child inherits.
func newSocket(to netip.Addr, kind, protocol int32) (windows.Handle, error) {
	if err := startWinsock(); err != nil {
		return windows.InvalidHandle, err
	}
	return windows.WSASocket(family(to), kind, protocol, nil, 0, windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
}

func family(a netip.Addr) int32 {
	if a.Is6() && !a.Is4In6() {
		return windows.AF_INET6
	}
	return windows.AF_INET
}

// unspecified is the address that leaves the choice of ours to the system.
func unspecified(to netip.Addr) netip.Addr {
	if family(to) == windows.AF_INET6 {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// sockaddr spells an address for Winsock.
func sockaddr(to netip.AddrPort) (windows.Sockaddr, error) {
	a := to.Addr().Unmap()
	switch {
	case a.Is4():
		return &windows.SockaddrInet4{Port: int(to.Port()), Addr: a.As4()}, nil
	case a.Is6():
		zone, err := zoneIndex(a.Zone())
		return &windows.SockaddrInet6{Port: int(to.Port()), Addr: a.As16(), ZoneId: zone}, err
	}
	return nil, &platform.Problem{Code: platform.Other, Text: "no address"}
}

// zoneIndex is the number of the adapter that a zone names.
func zoneIndex(zone string) (uint32, error) {
	if zone == "" {
		return 0, nil
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n), nil
	}
	i, err := net.InterfaceByName(zone)
	if err != nil {
		return 0, fmt.Errorf("looking for the adapter: %w", &platform.Problem{Code: platform.NotFound, Text: zone})
	}
	return uint32(i.Index), nil
}

// local is the address of a socket; without one of this machine it is not told.
func local(s windows.Handle) netip.AddrPort {
	sa, err := windows.Getsockname(s)
	if err != nil {
		return netip.AddrPort{}
	}
	var a netip.AddrPort
	switch sa := sa.(type) {
	case *windows.SockaddrInet4:
		a = netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *windows.SockaddrInet6:
		a = netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	}
	if !a.IsValid() || a.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return a
}

// ownAddress reports whether an address is one of this machine's.
func ownAddress(a netip.Addr) bool {
	all, err := knownAdapters()
	if err != nil {
		return false
	}
	_, own := ownAddresses(all)[a.WithZone("")]
	return own
}

// addressOf is an address of the adapter with a number, to send to an address
// from.
func addressOf(link int, to netip.Addr) (netip.Addr, error) {
	all, err := knownAdapters()
	if err != nil {
		return netip.Addr{}, fmt.Errorf("listing adapters: %w", err)
	}
	return sourceOn(all, link, to)
}

// remaining is how long a context lasts, in milliseconds.
func remaining(ctx context.Context) uint32 {
	end, has := ctx.Deadline()
	if !has {
		return windows.INFINITE
	}
	return uint32(max(1, (time.Until(end)+time.Millisecond-1)/time.Millisecond))
}
