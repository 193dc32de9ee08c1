//go:build !(linux || freebsd || netbsd || openbsd) && (cgo || !darwin)

package gui

import "time"

// trayHost: Windows and macOS always have a place for the icon.
func trayHost(time.Duration) bool { return true }
