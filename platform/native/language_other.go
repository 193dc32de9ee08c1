//go:build !windows

package native

// language is for the environment to say here.
func language() string { return "" }
