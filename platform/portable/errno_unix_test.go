//go:build unix

package portable

import "syscall"

var errnos = map[string]syscall.Errno{
	"refused": syscall.ECONNREFUSED, "reset": syscall.ECONNRESET, "timeout": syscall.ETIMEDOUT,
	"unreachable-net": syscall.ENETUNREACH, "unreachable-host": syscall.EHOSTUNREACH, "permission": syscall.EACCES,
	"busy": syscall.EADDRINUSE, "no-files": syscall.EMFILE, "no-local-address": syscall.EADDRNOTAVAIL, "other": syscall.EINVAL,
}
