//go:build headless || !(cgo || ci)

package main

import (
	"runtime/debug"

	"faultline/app/cli"
)

const kind = "headless"

// lean is the memory from which on the collector works harder: a routing table
// of a whole Internet exchange is read twice, and the program stays below 40
// MiB beside other programs of a small machine. Below it nothing is collected:
// a diagnosis makes little garbage, and to collect it takes longer than to look.
const (
	lean  = 24 << 20
	never = -1
)

func face(e cli.Env) int {
	debug.SetGCPercent(never)
	debug.SetMemoryLimit(lean)
	return cli.Run(e)
}
