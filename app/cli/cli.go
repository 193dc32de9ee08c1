// Package cli is the command line: verbs and flags, plain and JSON answers,
// progress, exit codes.
//
// It never judges and never asks the operating system about the network: it
// runs sessions of package app on a host that it is handed.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"faultline/app"
	"faultline/app/history"
	"faultline/app/text"
	"faultline/diag"
	"faultline/platform"
)

// Env is everything that the command line takes from the process. Args are
// without the program's name.
type Env struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Now            func() time.Time
	Host           func() platform.Host
	Plan           func() diag.Plan
	Seed           uint64
	Build          Build
	History        *history.Store     // of earlier runs; nil: none
	Become         func(string) error // turns this process into a user's
	// Interrupt tells that the user wants to stop. Kill ends the process at
	// once, when they want so twice.
	Interrupt <-chan os.Signal
	Kill      func(code int)
}

// Build says which program this is.
type Build struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Kind    string `json:"kind"` // headless or window
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// program is one invocation.
type program struct {
	Env
	grammar grammar
	words   *text.Words
	parser  *kong.Kong
	out     style    // of standard output
	restore []func() // terminals, as they were
	code    int
}

// leave gives terminals back, the last change first.
func (p *program) leave() {
	for _, restore := range slices.Backward(p.restore) {
		restore()
	}
}

// Run does what the arguments say and returns the exit code.
func Run(e Env) int {
	p := &program{Env: e}
	defer p.leave()
	lang := wanted(e.Args)
	if p.words = text.FromEnvironment(e.Getenv); lang != "" {
		w, known := text.For(lang)
		if !known {
			return p.misused(p.words.Say("cli.error.lang", diag.Args{"lang": lang, "known": text.Languages()}))
		}
		p.words = w
	}
	return p.parse()
}

// wanted finds the language before the arguments are parsed: help and errors
// of parsing are told in it.
func wanted(args []string) string {
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			return value
		}
		if arg == "--lang" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}

func (p *program) parse() int {
	helped := false
	parser, err := kong.New(&p.grammar, p.options(&helped)...)
	if err != nil {
		panic("cli: " + err.Error())
	}
	parser.Model.HelpFlag.Help = p.words.Say("cli.page.help", nil)
	p.parser = parser
	args := p.Args
	if len(args) == 0 || args[0] == "help" {
		args = append(append([]string{}, args[min(1, len(args)):]...), "--help")
	}
	parsed, err := parser.Parse(args)
	if helped {
		return app.ExitWorks
	}
	if err != nil {
		return p.misparsed(err)
	}
	p.out = p.styleOf(p.Stdout)
	return p.run(parsed)
}

func (p *program) run(parsed *kong.Context) int {
	ctx, cancel := p.interruptible()
	defer cancel()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(p); err != nil {
		return p.failed(err)
	}
	return p.code
}

// interruptible returns a context that ends with the first interrupt; the
// second one kills the process. A hang-up is no second one: the kernel and a shell
// both send it when a terminal is closed, and a manager of services behind SIGTERM.
func (p *program) interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-p.Interrupt:
			cancel()
		case <-ctx.Done():
			return
		}
		for again := range p.Interrupt {
			if again != syscall.SIGHUP {
				p.Kill(app.ExitCanceled)
			}
		}
	}()
	return ctx, cancel
}

func (p *program) options(helped *bool) []kong.Option {
	help := kong.Vars{}
	for _, key := range p.words.Keys() {
		if name, ok := strings.CutPrefix(key, "cli.help."); ok {
			help[name] = p.words.Say(key, nil)
		}
	}
	return []kong.Option{
		kong.Name("faultline"), kong.Description(p.words.Say("cli.help.about", nil) + "\n\n" + p.words.Say("cli.exits", nil)), help,
		kong.Writers(p.Stdout, p.Stderr), kong.Exit(func(int) { *helped = true }),
		kong.Help(p.help), kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: p.width()}),
	}
}

func (p *program) width() int { return p.styleOf(p.Stdout).width }

// failed tells why a verb could not do its work. A reader that went away is
// no failure.
func (p *program) failed(err error) int {
	if !brokenPipe(err) {
		fmt.Fprintln(p.Stderr, "faultline: "+clean(err.Error()))
	}
	return app.ExitUsage
}

// print writes one piece of the answer.
func (p *program) print(s string) error {
	if _, err := io.WriteString(p.Stdout, s); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
