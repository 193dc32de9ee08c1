package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionVerb struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"${shell}"`
}

// Run writes a script that completes verbs and flags, made from the grammar.
func (v *completionVerb) Run(p *program) error {
	words := completions(p.parser.Model.Node, "")
	script := map[string]func([]completed) string{"bash": bash, "zsh": zsh, "fish": fish}[v.Shell]
	return p.print(script(words))
}

// completed is what may follow some verbs.
type completed struct {
	after string // the verbs before, "" at the beginning
	verbs []*kong.Node
	flags []*kong.Flag
}

// completions lists them for a verb and those below it.
func completions(n *kong.Node, after string) []completed {
	c := completed{after: after}
	for _, group := range n.AllFlags(true) {
		c.flags = append(c.flags, group...)
	}
	below := []completed{}
	for _, child := range n.Children {
		if child.Type == kong.CommandNode && !child.Hidden {
			c.verbs = append(c.verbs, child)
			below = append(below, completions(child, strings.TrimSpace(after+" "+child.Name))...)
		}
	}
	return append([]completed{c}, below...)
}

// names are all words that may follow.
func (c completed) names() string {
	var all []string
	for _, v := range c.verbs {
		all = append(all, v.Name)
	}
	for _, f := range c.flags {
		all = append(all, "--"+f.Name)
	}
	return strings.Join(all, " ")
}

func bash(all []completed) string {
	var b strings.Builder
	b.WriteString("_faultline() {\n\tlocal verbs=\"\" word\n\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n" +
		"\t\tcase \"$word\" in -*) ;; *) verbs=\"$verbs${verbs:+ }$word\" ;; esac\n\tdone\n\tcase \"$verbs\" in\n")
	for i := len(all) - 1; i >= 0; i-- {
		pattern := `"` + all[i].after + `"*`
		fmt.Fprintf(&b, "\t%s) COMPREPLY=($(compgen -W %q -- \"${COMP_WORDS[COMP_CWORD]}\")) ;;\n", pattern, all[i].names())
	}
	b.WriteString("\tesac\n}\ncomplete -o default -F _faultline faultline\n")
	return b.String()
}

func zsh(all []completed) string {
	return "#compdef faultline\nautoload -U +X bashcompinit && bashcompinit\n" + bash(all)
}

func fish(all []completed) string {
	var b strings.Builder
	for _, c := range all {
		when := "__fish_use_subcommand"
		if c.after != "" {
			when = "__fish_seen_subcommand_from " + c.after
		}
		for _, v := range c.verbs {
			fmt.Fprintf(&b, "complete -c faultline -n %s -a %s -d %s\n", single(when), v.Name, single(v.Help))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c faultline -n %s -l %s -d %s\n", single(when), f.Name, single(f.Help))
		}
	}
	return b.String()
}

// single quotes for fish: only the quote and the backslash are special.
func single(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
