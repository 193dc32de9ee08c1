//go:build (cgo || ci) && !headless

package main

import (
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"faultline/app/cli"
	"faultline/app/gui"
	"faultline/platform/native"
)

const kind = "window"

// face opens the window when there are no arguments but its own; everything
// else is the command line.
func face(e cli.Env) int {
	o, ok := gui.Options(e.Args)
	if !ok {
		return cli.Run(e)
	}
	if why := gui.Missing(e.Getenv); why != "" {
		return gui.Explain(e.Stderr, e.Getenv, why)
	}
	return gui.Run(gui.Process{
		Options: o, Stderr: e.Stderr, Getenv: e.Getenv, Setenv: os.Setenv, Now: e.Now, Host: e.Host, Plan: e.Plan, History: e.History,
		Seed: e.Seed, Version: e.Build.Version, Interrupt: e.Interrupt, Do: fyne.Do,
		Wireshark: native.Wireshark(),
		NewApp:    func() fyne.App { return app.NewWithID("invalid.faultline.app") },
	})
}
