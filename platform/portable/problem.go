package portable

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"

	"faultline/platform"
)

// maxProblemText bounds the text of a problem, in bytes: it may quote a peer.
const maxProblemText = 256

// problemOf gives an error of package net or crypto/tls its code. The context
// decides between a timeout and a cancellation, as both end a read by the same
// deadline.
func problemOf(ctx context.Context, err error) *platform.Problem {
	if err == nil {
		return nil
	}
	var known *platform.Problem
	if errors.As(err, &known) {
		return known
	}
	return &platform.Problem{Code: codeOf(ctx, err), Text: printable(textOf(err), maxProblemText)}
}

// hasCode is for errors that may be nil.
func hasCode(ctx context.Context, err error, code platform.ProblemCode) bool {
	return err != nil && problemOf(ctx, err).Code == code
}

func codeOf(ctx context.Context, err error) platform.ProblemCode {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		if code, ok := codeOfErrno(errno); ok {
			return code
		}
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled), errors.Is(err, context.Canceled):
		return platform.Canceled
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return platform.Timeout
	}
	return platform.Other
}

func textOf(err error) string {
	if closedByPeer(err) {
		return "closed by peer"
	}
	return err.Error()
}

// closedByPeer reports whether a read ended by an orderly close, with or
// without the close_notify that RFC 8446 §6.1 wants.
func closedByPeer(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

func other(text string) *platform.Problem {
	return &platform.Problem{Code: platform.Other, Text: printable(text, maxProblemText)}
}

func malformed(text string) *platform.Problem {
	return &platform.Problem{Code: platform.Malformed, Text: printable(text, maxProblemText)}
}
