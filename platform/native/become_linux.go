package native

import "faultline/platform/linux"

// Become turns this process into a user's, for good.
func Become(user string) error { return linux.Become(user) }
