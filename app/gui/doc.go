//go:build cgo || !darwin

// Package gui is the window: pages, the fault line, the tray.
//
// What it shows is data of the package scene below it; a click calls the
// session of package app. It never judges, never asks the operating system
// about the network, and never imports the toolkit's own main loop, so that
// every page is tested without a display. bridge.go is the one place where
// another goroutine reaches the window.
//
// On macOS the toolkit cannot be compiled without cgo, so that each file here
// asks for it there.
package gui
