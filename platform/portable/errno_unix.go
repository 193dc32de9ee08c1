//go:build unix

package portable

import (
	"syscall"

	"faultline/platform"
)

// codeOfErrno maps the numbers that sockets return. EPIPE is a reset that came
// after the peer's FIN (Linux net/ipv4/tcp_input.c, tcp_reset in CLOSE_WAIT).
// EPERM on sending is what a local packet filter answers on Linux.
func codeOfErrno(errno syscall.Errno) (platform.ProblemCode, bool) {
	switch errno {
	case syscall.ECONNREFUSED:
		return platform.Refused, true
	case syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE:
		return platform.Reset, true
	case syscall.ETIMEDOUT:
		return platform.Timeout, true
	case syscall.ENETUNREACH, syscall.ENETDOWN:
		return platform.UnreachableNet, true
	case syscall.EHOSTUNREACH, syscall.EHOSTDOWN:
		return platform.UnreachableHost, true
	case syscall.EACCES, syscall.EPERM:
		return platform.Permission, true
	case syscall.EMFILE, syscall.ENFILE:
		return platform.NoFiles, true
	case syscall.EADDRNOTAVAIL:
		return platform.NoLocalAddress, true
	case syscall.EADDRINUSE, syscall.ENOBUFS:
		return platform.Busy, true
	}
	return "", false
}
