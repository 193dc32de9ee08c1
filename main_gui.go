//go:build !headless

package main

import "faultline/app/cli"

const kind = "window"

// face is the seam for the window: it does not exist yet, so that this program
// is the command line too and imports no toolkit.
func face(e cli.Env) int { return cli.Run(e) }
