package scene

import (
	"slices"
	"testing"
	"unicode/utf8"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/rule"
)

// told are the codes that the engine can give as a verdict.
func told() []catalog.Code {
	plan := rule.Plan()
	codes := []catalog.Code{diag.Inconclusive}
	for _, n := range plan.Checks {
		codes = append(codes, n.Tells()...)
	}
	for _, r := range plan.Rules {
		codes = append(codes, r.Tells...)
	}
	slices.Sort(codes)
	return slices.DeleteFunc(slices.Compact(codes), func(c catalog.Code) bool { return plan.Catalog[c].Weight == catalog.Notes })
}

func TestEveryVerdictIsDrawn(t *testing.T) {
	for _, code := range told() {
		if _, ok := BreakOf(code); !ok {
			t.Errorf("%s: got no place in the fault line, want one", code)
		}
	}
	for code := range breaks {
		if !slices.Contains(told(), code) {
			t.Errorf("%s: got a place for a code that the engine never gives", code)
		}
	}
}

func TestEveryVerdictHasItsCallout(t *testing.T) {
	for _, lang := range text.Languages() {
		w, _ := text.For(lang)
		for _, code := range told() {
			key := "callout." + string(code)
			if !w.Has(key) {
				t.Errorf("%s in %s: got no callout, want one", code, lang)
			}
			if n := utf8.RuneCountInString(w.Say(key, diag.Args{"port": "8443", "adapter": "eth0", "host": "intranet.example",
				"route": "192.0.2.0/24", "path": "/etc/hosts", "router": "192.0.2.9", "address": "192.0.2.1"})); n > mostCallout {
				t.Errorf("%s in %s: got a callout of %d characters, want at most %d", code, lang, n, mostCallout)
			}
		}
	}
}

func TestPartiesHaveWords(t *testing.T) {
	for _, lang := range text.Languages() {
		w, _ := text.For(lang)
		for _, d := range catalog.All() {
			for _, key := range []string{"where.", "acts.", "step-for."} {
				if !w.Has(key + string(d.Party)) {
					t.Errorf("%s in %s: got no words, want some", key+string(d.Party), lang)
				}
			}
		}
	}
}
