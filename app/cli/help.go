package cli

import (
	"bytes"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"faultline/diag"
)

// headings are the lines of kong's help that are its own, by the message that
// takes their place: kong has them in English only.
var headings = map[string]string{"Flags:": "flags", "Arguments:": "arguments", "Commands:": "commands"}

// help prints kong's help in the user's language.
func (p *program) help(options kong.HelpOptions, ctx *kong.Context) error {
	var page bytes.Buffer
	ctx.Stdout = &page
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	_, err := io.WriteString(p.Stdout, p.translated(page.String()))
	return err
}

func (p *program) translated(page string) string {
	var b strings.Builder
	for line := range strings.Lines(page) {
		bare := strings.TrimSuffix(line, "\n")
		key := headings[bare]
		rest, usage := strings.CutPrefix(line, "Usage: ")
		switch {
		case key != "":
			line = p.words.Say("cli.page."+key, nil) + "\n"
		case usage:
			line = p.words.Say("cli.page.usage", diag.Args{"what": strings.TrimSuffix(rest, "\n")}) + "\n"
		case strings.HasPrefix(bare, `Run "`):
			line = p.words.Say("cli.page.more", nil) + "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}
