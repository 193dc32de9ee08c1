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

// slip is a mistake that kong tells in English only, and by text only: its
// pattern, the message that tells it, and what the groups of the pattern are.
type slip struct {
	pattern *regexp.Regexp
	message string
	groups  []string
}

var slips = []slip{
	{regexp.MustCompile(`^expected (?:one of )?(".+)$`), "incomplete", []string{"what"}},
	{regexp.MustCompile(`^(--[\w-]+): expected .* but got "(?:EOL|-)`), "value", []string{"flag"}},
	{regexp.MustCompile(`^(--port): expected a valid .* but got "(.*)"$`), "port", []string{"flag", "got"}},
	{regexp.MustCompile(`^(\S+): expected a valid .* but got "(.*)"$`), "number", []string{"flag", "got"}},
	{regexp.MustCompile(`^(\S+) must be one of (.+) but got "(.*)"$`), "choice", []string{"flag", "choices", "got"}},
	{regexp.MustCompile(`^unexpected argument (.+?)(?:, did you mean (?:one of )?(.+)\?)?$`), "unexpected", []string{"what", "near"}},
	{regexp.MustCompile(`^unknown flag (.+?)(?:, did you mean (?:one of )?(.+)\?)?$`), "flag", []string{"what", "near"}},
	{regexp.MustCompile(`^missing flags: (.+)$`), "needed", []string{"what"}},
	{regexp.MustCompile(`^(--[\w-]+): ` + regexp.QuoteMeta(errPatience.Error())), "timeout", []string{"flag"}},
	{regexp.MustCompile(`^(--[\w-]+): ` + regexp.QuoteMeta(errMoment.Error())), "since", []string{"flag"}},
}

func (p *program) misparse(why string) string {
	for _, s := range slips {
		if found := s.pattern.FindStringSubmatch(why); found != nil {
			return p.slipped(s, found[1:])
		}
	}
	return p.words.Say("cli.error.misused", diag.Args{"why": why})
}

// listed spells a list of kong's, which quotes words and has some commas without a
// space behind them.
var listed = strings.NewReplacer(`"`, "", ", ", ", ", ",", ", ")

func (p *program) slipped(s slip, found []string) string {
	args := diag.Args{}
	for i, name := range s.groups {
		args[name] = listed.Replace(found[i])
	}
	if s.message == "port" {
		return p.words.Say("target.quoted", diag.Args{"text": args["got"], "why": p.words.Say("target.port-range", nil)})
	}
	told := p.words.Say("cli.error."+s.message, args)
	if near := args["near"]; near != nil && near != "" {
		told += " " + p.words.Say("cli.error.near", args)
	}
	return told
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
