package platform

import (
	"fmt"
	"strings"
)

// Damage is why a file that was read makes no sense: a code that package app/text
// has words for, with their arguments. The English of those words is its text.
type Damage struct {
	Code string
	Args map[string]any
	Text string // of the error: with {name} for each argument
	Err  error  // what was found below, if anything
}

// Damaged makes a Damage; args are names and values in turn.
func Damaged(code, text string, args ...any) *Damage {
	d := &Damage{Code: code, Text: text}
	for i := 0; i+1 < len(args); i += 2 {
		if d.Args == nil {
			d.Args = map[string]any{}
		}
		d.Args[args[i].(string)] = args[i+1]
	}
	return d
}

// Because keeps what was found below.
func (d *Damage) Because(err error) *Damage { d.Err = err; return d }

// Error is the English text, with what was found below.
func (d *Damage) Error() string {
	told := d.Err == nil
	var filled []string
	for name, value := range d.Args {
		filled = append(filled, "{"+name+"}", fmt.Sprint(value))
		told = told || value == d.Err
	}
	text := strings.NewReplacer(filled...).Replace(d.Text) // in one pass: a value may hold braces
	if !told {
		text += ": " + d.Err.Error()
	}
	return text
}

// Unwrap returns what was found below.
func (d *Damage) Unwrap() error { return d.Err }
