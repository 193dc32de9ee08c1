package cli

import (
	"errors"
	"strconv"
	"time"
)

// grammar is the command line as kong reads it. Help texts are in the user's
// language: a variable in them is the message of that name under cli.help.
type grammar struct {
	Lang    string `help:"${lang}" placeholder:"TAG"`
	JSON    bool   `help:"${json}" name:"json"`
	NoColor bool   `help:"${no_color}" name:"no-color"`
	Quiet   bool   `help:"${quiet}" short:"q"`
	Verbose bool   `help:"${verbose}" short:"v"`

	Check      checkVerb      `cmd:"" help:"${check}"`
	Analyze    analyzeVerb    `cmd:"" help:"${analyze}"`
	Compare    compareVerb    `cmd:"" help:"${compare}"`
	Mechanisms mechanismsVerb `cmd:"" help:"${mechanisms}"`
	Bundle     bundleVerb     `cmd:"" help:"${bundle}"`
	History    historyVerb    `cmd:"" help:"${history}"`
	Firewall   firewallVerb   `cmd:"" help:"${firewall}"`
	Demo       demoVerb       `cmd:"" help:"${demo}"`
	Selftest   selftestVerb   `cmd:"" help:"${selftest}"`
	Completion completionVerb `cmd:"" help:"${completion}"`
	Version    versionVerb    `cmd:"" help:"${version}"`
}

// common are the flags of verbs that diagnose.
type common struct {
	Timeout  patience `help:"${timeout}" placeholder:"TIME"`
	Thorough bool     `help:"${thorough}"`
	Save     string   `help:"${save}" placeholder:"FILE"`
	Force    bool     `help:"${force}"`

	NoHistory bool `name:"no-history" help:"${no_history}"`
}

// patience is a time that a user gives: 90s, 2m, or a number of seconds.
type patience time.Duration

const longestPatience = 10 * time.Minute

var errPatience = errors.New("a time such as 8s or 2m, at most 10m")

// UnmarshalText reads a time.
func (p *patience) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if n, plain := strconv.ParseFloat(string(b), 64); plain == nil {
		d, err = time.Duration(n*float64(time.Second)), nil
	}
	if err != nil || d <= 0 || d > longestPatience {
		return errPatience
	}
	*p = patience(d)
	return nil
}
