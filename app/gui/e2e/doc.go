// Package e2e drives the window as it is shipped, on a display without a
// screen, with real clicks and keys, in networks of platform/linux/netlab that
// the test breaks while the window is open. It has no code of its own outside
// tests and never touches the network of the machine itself.
package e2e
