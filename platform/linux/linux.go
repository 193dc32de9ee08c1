// Package linux is the live Linux host: it answers the port's questions with
// the kernel's own mechanisms (rtnetlink, error queues, ping sockets, /proc)
// and, for the system's own name resolution, with getent.
//
// Files without a system in their name hold the decoders: pure functions from
// bytes to facts. Files that end in _linux.go hold the calls. Every socket is
// opened on the thread of the caller, so that a caller who locked a thread
// into a network namespace asks about that namespace.
//
// It never judges what it sees, never changes a setting of the system, and
// sends only what an ask names.
package linux
