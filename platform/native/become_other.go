//go:build !linux

package native

import "faultline/platform"

// Become turns this process into a user's. Here no such thing is built.
func Become(string) error { return platform.ErrUnsupported }
