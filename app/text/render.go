package text

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"faultline/diag"
)

// listed is how many items of a list are named before the rest is counted.
const listed = 4

// labels are arguments whose numbers are names, not amounts: nothing groups
// their digits.
var labels = []string{"port", "improbable", "status", "frame", "pid", "code", "id", "last"}

// uncut are arguments that are messages themselves, or that are of use only as a
// whole, as the name of a file is.
var uncut = []string{"summary", "why", "how", "title", "check", "line", "step", "what", "file", "folder"}

// render puts arguments into a message. {name} is an argument, and
// {name|one|many} chooses by an amount or by the length of a list. One pass:
// what an argument holds is never read as a placeholder.
func (w *Words) render(message string, a diag.Args) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(message, "{")
		b.WriteString(before)
		inside, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(rest)
			return b.String()
		}
		b.WriteString(w.place(inside, a))
		message = after
	}
}

// place renders the inside of one pair of braces.
func (w *Words) place(inside string, a diag.Args) string {
	parts := strings.Split(inside, "|")
	value, ok := a[parts[0]]
	switch {
	case len(parts) == 3 && amount(value) == 1:
		return parts[1]
	case len(parts) == 3:
		return parts[2]
	case !ok:
		return w.Say("word.unknown", nil)
	}
	return w.value(parts[0], value)
}

// amount is the number by which a plural is chosen.
func amount(value any) int {
	switch v := value.(type) {
	case int:
		return v
	case []string:
		return len(v)
	}
	return 0
}

// value renders an argument by its type.
func (w *Words) value(name string, value any) string {
	switch v := value.(type) {
	case string:
		return w.text(name, v)
	case int:
		if slices.Contains(labels, name) {
			return strconv.Itoa(v)
		}
		return grouped(v)
	case time.Duration:
		return w.Duration(v)
	case time.Time:
		return moment(v)
	case []string:
		return w.List(v)
	}
	return w.Say("word.unknown", nil)
}

// text renders a string: a word of a closed set by its own message, anything
// else made safe to show.
func (w *Words) text(name, s string) string {
	if message, ok := w.messages["arg."+name+"."+s]; ok {
		return message
	}
	if slices.Contains(uncut, name) {
		return orEmpty(bounded(s, whole))
	}
	return orEmpty(safe(s))
}

// orEmpty stands for a string that is known and empty. It claims nothing.
func orEmpty(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// grouped writes a number with a comma between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// moment writes a time with its zone. A zone without a short name is written
// as its distance from UTC.
func moment(t time.Time) string {
	if zone, _ := t.Zone(); strings.ContainsAny(zone, "+-") || zone == "" {
		return t.Format("2006-01-02 15:04 UTC-07:00")
	}
	return t.Format("2006-01-02 15:04 MST")
}

// List joins items by the language's rules: four at most, then how many more.
// The items are made safe to show.
func (w *Words) List(items []string) string {
	shown := make([]string, 0, listed)
	for _, item := range items[:min(len(items), listed)] {
		shown = append(shown, orEmpty(safe(item)))
	}
	separator := w.messages["list.separator"]
	switch last := len(shown) - 1; {
	case last < 0:
		return w.Say("list.none", nil)
	case len(items) > listed:
		return w.fill("list.more", strings.Join(shown, separator), grouped(len(items)-listed))
	case last > 0:
		return w.fill("list.last", strings.Join(shown[:last], separator), shown[last])
	}
	return shown[0]
}

// fill puts two parts of a list, already safe, into a message.
func (w *Words) fill(key, list, rest string) string {
	return strings.NewReplacer("{list}", list, "{rest}", rest).Replace(w.messages[key])
}

// Duration writes a time span rounded for people: 34 ms, 1.8 s, 2 min 5 s,
// 3 h 20 min, 2 days.
func (w *Words) Duration(d time.Duration) string {
	d = d.Abs()
	two := func(key string, big, small int) string {
		return w.Say(key, diag.Args{"big": big, "small": small})
	}
	switch {
	case d < time.Millisecond:
		return w.Say("unit.less", nil)
	case d.Round(time.Millisecond) < time.Second:
		return w.Say("unit.ms", diag.Args{"n": int(d.Round(time.Millisecond) / time.Millisecond)})
	case d.Round(100*time.Millisecond) < 10*time.Second:
		return w.Say("unit.s", diag.Args{"n": strconv.FormatFloat(d.Seconds(), 'f', 1, 64)})
	case d.Round(time.Second) < time.Minute:
		return w.Say("unit.s", diag.Args{"n": int(d.Round(time.Second) / time.Second)})
	case d.Round(time.Second) < time.Hour:
		s := int(d.Round(time.Second) / time.Second)
		return two("unit.min", s/60, s%60)
	case d.Round(time.Minute) < 48*time.Hour:
		m := int(d.Round(time.Minute) / time.Minute)
		return two("unit.h", m/60, m%60)
	}
	return w.Say("unit.days", diag.Args{"n": int(d.Round(24*time.Hour) / (24 * time.Hour))})
}
