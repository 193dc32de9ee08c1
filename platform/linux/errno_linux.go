package linux

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"faultline/platform"
)

// codes is the one place where numbers of the kernel become problem codes.
var codes = map[unix.Errno]platform.ProblemCode{
	unix.EACCES:       platform.Permission,
	unix.EPERM:        platform.Permission,
	unix.ECONNREFUSED: platform.Refused,
	unix.ECONNRESET:   platform.Reset,
	unix.ECONNABORTED: platform.Reset,
	unix.EPIPE:        platform.Reset,
	unix.ETIMEDOUT:    platform.Timeout,
	unix.ENETUNREACH:  platform.UnreachableNet,
	unix.ENETDOWN:     platform.UnreachableNet,
	// A kernel without the address family has no such network to reach.
	unix.EAFNOSUPPORT: platform.UnreachableNet,
	unix.EHOSTUNREACH: platform.UnreachableHost,
	unix.EHOSTDOWN:    platform.UnreachableHost,
	unix.ENOENT:       platform.NotFound,
	unix.ESRCH:        platform.NotFound,
	unix.ENODEV:       platform.NotFound,
	unix.ENXIO:        platform.NotFound,
	unix.EBUSY:        platform.Busy,
	unix.EAGAIN:       platform.Busy,
	unix.ENOBUFS:      platform.Busy,
	unix.ENOMEM:       platform.Busy,
	unix.EADDRINUSE:   platform.Busy,
	unix.EMFILE:       platform.NoFiles,
	unix.ENFILE:       platform.NoFiles,

	unix.EADDRNOTAVAIL: platform.NoLocalAddress,

	unix.ENOSYS:          platform.NoMechanism,
	unix.EOPNOTSUPP:      platform.NoMechanism,
	unix.ENOPROTOOPT:     platform.NoMechanism,
	unix.EPROTONOSUPPORT: platform.NoMechanism,
	unix.ESOCKTNOSUPPORT: platform.NoMechanism,
}

// problem gives an error of the kernel its code and keeps its text.
func problem(err error) error {
	var errno unix.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &errno):
		return errnoProblem(errno)
	case errors.Is(err, os.ErrNotExist):
		return &platform.Problem{Code: platform.NotFound, Text: err.Error()}
	}
	return platform.AsProblem(err)
}

func errnoProblem(errno unix.Errno) *platform.Problem {
	code, known := codes[errno]
	if !known {
		code = platform.Other
	}
	return &platform.Problem{Code: code, Text: errno.Error()}
}

// ended is the problem of a context that ended, nil while it has not.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return platform.AsProblem(err)
	}
	return nil
}

// canceled tells a caller who gave up from a deadline that passed.
func canceled(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }
