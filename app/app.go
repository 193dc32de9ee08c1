// Package app is one diagnosis as an object: a session starts, records,
// cancels, saves and replays it, and a report says in words and in JSON what
// came of it. Both faces of the program, the window and the command line,
// stand on it.
//
// It never judges, never asks an operating system but through the port, and
// knows nothing of windows or terminals.
package app
