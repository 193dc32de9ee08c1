// Package text turns codes and arguments into words, in every language that
// the program speaks. English stands here beside the code; other languages are
// in assets/lang under the same keys.
//
//	text.go      languages, and the messages that belong to no code
//	verdict.go   verdicts, notes, parties
//	steps.go     what to do, for each code
//	explain.go   why: checks, outcomes, rejected and untested alternatives
//	capture.go   what is said around a capture; capture_steps.go what to do
//	rejected.go  which answer to a claim rules an alternative out
//	target.go    what the target gives to messages; why a text names none
//	shape.go     which of a code's messages says what is so
//	render.go    a message and its arguments → words
//	safe.go      strings from the network made safe to show
//	en_*.go      the English messages, joined by english.go
//
// It never judges, never reads files or the network, and knows no toolkit.
package text

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	"faultline/assets"
	"faultline/diag"
)

// The languages, as BCP 47 tags.
const (
	English = "en"
	Chinese = "zh-Hans"
)

// Words says everything in one language.
type Words struct {
	lang     string
	os       string // whose places messages name; "" while that is not known
	messages map[string]string
}

// Languages returns the tags of all languages, English first.
func Languages() []string { return []string{English, Chinese} }

var all = sync.OnceValue(func() map[string]*Words {
	return map[string]*Words{
		English: {lang: English, messages: english()},
		Chinese: {lang: Chinese, messages: stored(Chinese)},
	}
})

// stored reads a language that was built in. A file that does not parse cannot
// pass the tests, so it panics.
func stored(tag string) map[string]string {
	m := map[string]string{}
	for _, raw := range assets.Lang(tag) {
		if err := json.Unmarshal(raw, &m); err != nil {
			panic("text: the messages of " + tag + " are not readable")
		}
	}
	return m
}

// english joins the tables of the en_*.go files.
func english() map[string]string {
	m := map[string]string{}
	for _, table := range englishTables {
		for key, message := range table {
			if _, twice := m[key]; twice {
				panic("text: " + key + " is written twice")
			}
			m[key] = message
		}
	}
	return m
}

// For returns the words of a language. It takes BCP 47 tags and the names of
// POSIX locales: zh, zh-CN, zh_CN.UTF-8, en_US. It reports false for a language
// that is not spoken here, traditional Chinese among them.
func For(lang string) (*Words, bool) {
	name, _, _ := strings.Cut(lang, ".")
	name, _, _ = strings.Cut(name, "@")
	parts := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' })
	if len(parts) == 0 {
		return nil, false
	}
	switch parts[0] {
	case "en", "c", "posix":
		return all()[English], true
	case "zh":
		traditional := slices.ContainsFunc(parts[1:], func(p string) bool {
			return p == "hant" || p == "tw" || p == "hk" || p == "mo"
		})
		if !traditional || slices.Contains(parts, "hans") {
			return all()[Chinese], true
		}
	}
	return nil, false
}

// FromEnvironment returns the words of the language that the environment asks
// for, English when it asks for none that is spoken here. The first variable
// that is set decides, as POSIX has it.
func FromEnvironment(lookup func(string) string) *Words {
	for _, variable := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := lookup(variable); value != "" {
			if w, ok := For(value); ok {
				return w
			}
			break
		}
	}
	return all()[English]
}

// Lang returns the tag of the language.
func (w *Words) Lang() string { return w.lang }

// Say renders a message of the interface: a label, a line of help, an error, a
// step of progress. A key that is not known comes back as it is.
func (w *Words) Say(key string, a diag.Args) string {
	if message, ok := w.messages[key+".on-"+w.os]; ok {
		return w.render(message, a)
	}
	message, ok := w.messages[key]
	if !ok {
		return safe(key)
	}
	return w.render(message, a)
}

// Has reports whether there is a message under key.
func (w *Words) Has(key string) bool {
	_, ok := w.messages[key]
	return ok
}

// On returns the words for a computer with this system, a GOOS value: where a
// message speaks of a place of one system, it names that system's own.
func (w *Words) On(os string) *Words {
	on := *w
	on.os = os
	return &on
}

// Keys returns the keys of all messages in order.
func (w *Words) Keys() []string { return slices.Sorted(maps.Keys(w.messages)) }
