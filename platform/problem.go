package platform

import (
	"context"
	"errors"
)

// ProblemCode says what kind of trouble an ask met. The codes survive JSON and
// a pipe; numbers of an operating system are mapped to them in platform/<os>.
type ProblemCode string

// The problem codes.
const (
	NoMechanism     ProblemCode = "unsupported" // this host has no mechanism for it
	Permission      ProblemCode = "permission"  // the mechanism exists and was denied
	Refused         ProblemCode = "refused"
	Reset           ProblemCode = "reset"
	Timeout         ProblemCode = "timeout"
	UnreachableNet  ProblemCode = "unreachable-net"
	UnreachableHost ProblemCode = "unreachable-host"
	UnreachablePort ProblemCode = "unreachable-port"
	UnreachableSome ProblemCode = "unreachable" // a router or this machine says so: which of them, and why, is not told
	NotFound        ProblemCode = "not-found"
	Busy            ProblemCode = "busy"
	Canceled        ProblemCode = "canceled"
	NoLocalAddress  ProblemCode = "no-local-address" // no address or port of this machine is left to send from
	NoFiles         ProblemCode = "no-files"         // the process or the system has no file descriptor left
	Malformed       ProblemCode = "malformed"        // an answer came and could not be understood
	NotRecorded     ProblemCode = "not-recorded"     // the record does not hold this ask
	Other           ProblemCode = "other"
)

// Problem is an error that keeps its meaning through JSON and a pipe.
type Problem struct {
	Code ProblemCode `json:"code" redact:"plain"`
	Text string      `json:"text,omitempty" redact:"text"`
}

func (p *Problem) Error() string {
	if p.Text == "" {
		return string(p.Code)
	}
	return string(p.Code) + ": " + p.Text
}

// Is makes problems of one code equal for errors.Is, whatever their text.
func (p *Problem) Is(target error) bool {
	other, ok := target.(*Problem)
	return ok && other.Code == p.Code
}

// The problems to compare with by errors.Is.
var (
	ErrUnsupported     = &Problem{Code: NoMechanism}
	ErrPermission      = &Problem{Code: Permission}
	ErrRefused         = &Problem{Code: Refused}
	ErrReset           = &Problem{Code: Reset}
	ErrTimeout         = &Problem{Code: Timeout}
	ErrUnreachableNet  = &Problem{Code: UnreachableNet}
	ErrUnreachableHost = &Problem{Code: UnreachableHost}
	ErrUnreachablePort = &Problem{Code: UnreachablePort}
	ErrNotFound        = &Problem{Code: NotFound}
	ErrBusy            = &Problem{Code: Busy}
	ErrCanceled        = &Problem{Code: Canceled}
	ErrNoLocalAddress  = &Problem{Code: NoLocalAddress}
	ErrNoFiles         = &Problem{Code: NoFiles}
	ErrMalformed       = &Problem{Code: Malformed}
	ErrNotRecorded     = &Problem{Code: NotRecorded}
)

// AsProblem gives any error a code: a Problem as it is, an ended context as
// timeout or canceled, anything else as other. It returns nil for nil.
func AsProblem(err error) *Problem {
	var p *Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		return p
	case errors.Is(err, context.DeadlineExceeded):
		return &Problem{Code: Timeout, Text: err.Error()}
	case errors.Is(err, context.Canceled):
		return &Problem{Code: Canceled, Text: err.Error()}
	}
	return &Problem{Code: Other, Text: err.Error()}
}
