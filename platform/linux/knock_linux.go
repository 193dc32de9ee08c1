package linux

import (
	"golang.org/x/sys/unix"

	"faultline/platform"
)

// knock begins one connection to a port of the neighbor where nothing listens;
// -1 where that cannot be done. Unlike ICMP errors, which a machine sends once
// a second at most (icmp_ratelimit in ip-sysctl), resets are not limited.
func knock(q platform.NeighborAsk) (fd int) {
	to, err := sockaddr(provoking(q))
	if err != nil {
		return -1
	}
	fd, err = unix.Socket(family(q.Addr), unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_TCP)
	if err != nil {
		return -1
	}
	options := append(commonOptions(q.Addr, 0), option{unix.IPPROTO_TCP, unix.TCP_SYNCNT, 1})
	err = setOptions(fd, append(options, bindTo(q.Link)...)...)
	if err == nil {
		err = unix.Connect(fd, to)
	}
	if err != nil && err != unix.EINPROGRESS {
		unix.Close(fd)
		return -1
	}
	return fd
}

// knocked says that the neighbor itself answered the SYN: it opened the port,
// or reset, or sent an ICMP error. A socket that has ended tells nothing more.
func (r *resolution) knocked(s *unix.PollFd) bool {
	fd := int(s.Fd)
	s.Fd = -1
	errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return false
	}
	seen, _ := readQueue(fd, make([]byte, 512))
	if seen != nil {
		return seen.From.WithZone("") == r.entry.Addr
	}
	return errno == 0 || unix.Errno(errno) == unix.ECONNREFUSED
}
