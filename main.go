// Command faultline finds where and why a connection breaks.
//
// Two programs come from this one main: with the tag headless a static one
// that is the command line alone, without it the one that also has a window.
// main only hands the process over (arguments, streams, clock, signals); it
// never decides anything.
package main

import (
	"crypto/rand"
	"encoding/binary"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"faultline/app/cli"
	"faultline/app/history"
	"faultline/diag/rule"
	"faultline/platform/native"
)

// version is stamped by the build.
var version = "dev"

func main() {
	interrupt := make(chan os.Signal, 2)
	signal.Notify(interrupt, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as by nohup(1), which Notify would undo
		signal.Notify(interrupt, syscall.SIGHUP)
	}
	kept := &history.Store{Path: history.DefaultPath(os.Getenv)}
	os.Exit(face(cli.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: native.Getenv, Now: time.Now,
		Host: native.Host, Plan: rule.Plan, Seed: seed(), Build: thisBuild(),
		Interrupt: interrupt, Kill: os.Exit,
		History: kept, Become: func(user string) error {
			err := native.Become(user)
			kept.Path = history.DefaultPath(os.Getenv) // another user's
			return err
		},
	}))
}

// seed is for choices that nobody on the network may predict.
func seed() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return binary.LittleEndian.Uint64(b[:])
}

func thisBuild() cli.Build {
	b := cli.Build{Version: version, Kind: kind, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			b.Commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			b.Commit += "+"
		}
	}
	return b
}
