package cli

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"faultline/app"
	"faultline/diag"
)

// misused tells why the command could not be understood.
func (p *program) misused(message string) int {
	fmt.Fprintln(p.Stderr, "faultline: "+message)
	fmt.Fprintln(p.Stderr, p.words.Say("cli.error.help", nil))
	return app.ExitUsage
}

// misparsed tells a command that kong did not understand, and how its verb is
// written where one was named.
func (p *program) misparsed(err error) int {
	fmt.Fprintln(p.Stderr, "faultline: "+p.misparse(clean(err.Error())))
	verb := verbOf(err)
	if verb == nil {
		fmt.Fprintln(p.Stderr, p.words.Say("cli.error.help", nil))
		return app.ExitUsage
	}
	fmt.Fprintln(p.Stderr, p.words.Say("cli.error.usage", diag.Args{"usage": "faultline " + verb.Summary(), "verb": verb.FullPath()}))
	return app.ExitUsage
}

// Kong tells in English only, and tells by text only, what is missing: a part of
// the command, or the value of a flag.
var (
	partMissing  = regexp.MustCompile(`^expected (?:one of )?(".+)$`)
	valueMissing = regexp.MustCompile(`^(--[\w-]+): expected .* but got "(?:EOL|-)`)
)

func (p *program) misparse(why string) string {
	if part := partMissing.FindStringSubmatch(why); part != nil {
		return p.words.Say("cli.error.incomplete", diag.Args{"what": strings.ReplaceAll(part[1], `"`, "")})
	}
	if flag := valueMissing.FindStringSubmatch(why); flag != nil {
		return p.words.Say("cli.error.value", diag.Args{"flag": flag[1]})
	}
	return p.words.Say("cli.error.misused", diag.Args{"why": why})
}

// verbOf returns the verb up to which a command was understood, or nil.
func verbOf(err error) *kong.Node {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) {
		return nil
	}
	var verb *kong.Node
	for _, step := range wrong.Context.Path {
		if step.Command != nil {
			verb = step.Command
		}
	}
	return verb
}
