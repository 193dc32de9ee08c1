package tape

import (
	"encoding/json"
	"slices"

	"faultline/platform"
)

// Edit returns lines with the outcome of every call of method replaced by what
// f makes of it. Tests compose cases with it.
func Edit(lines []Line, method string, f func(ask, answer json.RawMessage, problem *platform.Problem) (json.RawMessage, *platform.Problem)) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		if l := &lines[i]; l.Method == method {
			l.Answer, l.Problem = f(l.Ask, l.Answer, l.Problem)
			l.Cut = false
		}
	}
	return lines
}

// Blank returns lines with call n made unknown: asked, and not recorded.
func Blank(lines []Line, n int) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		if l := &lines[i]; l.N == n {
			l.Answer, l.Packets = nil, nil
			l.Problem = &platform.Problem{Code: platform.NotRecorded, Text: l.Method}
		}
	}
	return lines
}

// Say returns a line as a recording of the call would hold it, but for its
// number. A nil answer is no answer.
func Say(method string, ask, answer any, err error) Line {
	line := Line{Method: method}
	line.asked(ask)
	line.answered(answer, err)
	return line
}

// Compose numbers lines from 1, in their order.
func Compose(lines ...Line) []Line {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].N = i + 1
	}
	return lines
}

// Duplicates names the asks that lines hold more than once, as "method ask",
// in the order of their second call. An engine that keeps to the port's rules
// makes none.
func Duplicates(lines []Line) []string {
	count := map[string]int{}
	var twice []string
	for _, line := range lines {
		if line.Of != 0 {
			continue
		}
		key := line.Method + " " + sorted(line.Ask)
		if count[key]++; count[key] == 2 {
			twice = append(twice, key)
		}
	}
	return twice
}

// sorted is text with the fields of its objects in the order of their names.
func sorted(text json.RawMessage) string {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return string(text)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return string(text)
	}
	return string(b)
}
