package platformtest

import (
	"errors"
	"net"
	"net/netip"

	"golang.org/x/sys/windows"
)

// openDatagrams opens a UDP socket on loopback. Go tells each to report ports
// that are unreachable (SIO_UDP_NETRESET), which Wine cannot: there it is one of
// plain Winsock.
func openDatagrams() (datagrams, error) {
	c, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if errors.Is(err, windows.WSAEOPNOTSUPP) {
		return openPlain()
	}
	return c, err
}

// plain is a UDP socket that blocks.
type plain struct {
	socket windows.Handle
	local  net.Addr
}

func openPlain() (_ plain, err error) {
	s, err := windows.Socket(windows.AF_INET, windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if err != nil {
		return plain{}, err
	}
	defer func() {
		if err != nil {
			_ = windows.Closesocket(s)
		}
	}()
	if err := windows.Bind(s, &windows.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return plain{}, err
	}
	at, err := windows.Getsockname(s)
	if err != nil {
		return plain{}, err
	}
	return plain{s, addrOf(at)}, nil
}

func addrOf(a windows.Sockaddr) net.Addr {
	four, ok := a.(*windows.SockaddrInet4)
	if !ok {
		return &net.UDPAddr{}
	}
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(four.Addr), uint16(four.Port)))
}

func (p plain) LocalAddr() net.Addr { return p.local }
func (p plain) Close() error        { return windows.Closesocket(p.socket) }

func (p plain) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := windows.Recvfrom(p.socket, b, 0)
	if err != nil {
		return 0, nil, err
	}
	return n, addrOf(from), nil
}

func (p plain) WriteTo(b []byte, to net.Addr) (int, error) {
	at := to.(*net.UDPAddr).AddrPort()
	return len(b), windows.Sendto(p.socket, b, 0, &windows.SockaddrInet4{Port: int(at.Port()), Addr: at.Addr().Unmap().As4()})
}
