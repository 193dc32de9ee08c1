package text

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
)

var placeholder = regexp.MustCompile(`\{([^{}|]*)(\|[^{}]*)?\}`)

// named lists the arguments of a message.
func named(message string) []string {
	set := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(message, -1) {
		set[m[1]] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func TestLanguagesHaveTheSameMessages(t *testing.T) {
	en, _ := For(English)
	for _, lang := range Languages()[1:] {
		w, _ := For(lang)
		for key, message := range en.messages {
			if !w.Has(key) {
				t.Errorf("%s lacks %s", lang, key)
			} else if got, want := named(w.messages[key]), named(message); !slices.Equal(got, want) {
				t.Errorf("%s of %s: got arguments %v, want %v as in English", key, lang, got, want)
			}
		}
		for _, key := range w.Keys() {
			if !en.Has(key) {
				t.Errorf("%s has %s, English has not", lang, key)
			}
		}
	}
}

func TestPlaceholdersAreWellFormed(t *testing.T) {
	well := regexp.MustCompile(`^[a-z]+(\|[^|]*\|[^|]*)?$`)
	for _, lang := range Languages() {
		w, _ := For(lang)
		for _, key := range w.Keys() {
			rest := placeholder.ReplaceAllStringFunc(w.messages[key], func(p string) string {
				if !well.MatchString(p[1 : len(p)-1]) {
					t.Errorf("%s of %s: got placeholder %s", key, lang, p)
				}
				return ""
			})
			if strings.ContainsAny(rest, "{}") {
				t.Errorf("%s of %s: braces do not match: %q", key, lang, w.messages[key])
			}
		}
	}
}

// banned are words that blame, alarm or beg, by language.
var banned = map[string]*regexp.Regexp{
	English: regexp.MustCompile(`(?i)!|\bplease\b|you entered|invalid|\bfatal\b|\boops|\bsorry\b|  | $`),
	Chinese: regexp.MustCompile(`[!！]|您|请[^求访]|无效|非法|致命|抱歉|  |[\p{Han}][A-Za-z0-9{]|[A-Za-z0-9}]\p{Han}|\p{Han}[,.;:?]`),
}

// chosen are placeholders that begin or end with a word of the language, and
// so need no space beside Chinese.
var chosen = regexp.MustCompile(`\{[a-z]+\|[^{}]*\}|(?:\{seconds\}|\{idle\}|\{ms\}|\{rtt\})`)

// parts are messages that are no text of their own.
var parts = []string{"list.separator", "cli.colon", "cli.event.separator"}

func TestNoMessageBlamesOrAlarms(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for _, key := range w.Keys() {
			message := chosen.ReplaceAllString(w.messages[key], "字")
			if found := banned[lang].FindString(message); found != "" && !slices.Contains(parts, key) {
				t.Errorf("%s of %s: got %q in %q", key, lang, found, w.messages[key])
			}
		}
	}
}

func TestCatalogHasWords(t *testing.T) {
	en, _ := For(English)
	for code, d := range catalog.All() {
		wanted(t, en, "title."+string(code))
		wanted(t, en, "party."+string(d.Party))
		if d.Layer != catalog.NoLayer {
			wanted(t, en, "layer."+string(d.Layer))
		}
		for _, r := range d.Rivals {
			wanted(t, en, "title."+string(r.Code))
			wanted(t, en, "rejected."+string(r.Claim)+"."+r.Excludes.String())
			wanted(t, en, "need."+string(r.Need)+".why")
			wanted(t, en, "need."+string(r.Need)+".how")
		}
	}
}

func wanted(t *testing.T, w *Words, key string) {
	t.Helper()
	if !w.Has(key) {
		t.Errorf("got no message %s, want one", key)
	}
}

func TestClaimExcludesInOneWay(t *testing.T) {
	for code, d := range catalog.All() {
		for _, r := range d.Rivals {
			if got, want := exclusions()[exclusion{r.Code, r.Claim}], r.Excludes.String(); got != want {
				t.Errorf("%s as rival of %s by %s: got %s, want %s", r.Code, code, r.Claim, got, want)
			}
		}
	}
}

func TestTitlesNameCodes(t *testing.T) {
	en, _ := For(English)
	declared := catalog.All()
	for _, key := range en.Keys() {
		code, ok := strings.CutPrefix(key, "title.")
		if _, known := declared[catalog.Code(code)]; ok && !known && !strings.HasPrefix(code, "reset.") &&
			code != string(diag.OK) && code != string(diag.Inconclusive) {
			t.Errorf("%s: got a title of no code", key)
		}
	}
}

func TestChecksHaveTitles(t *testing.T) {
	en, _ := For(English)
	for _, n := range check.All() {
		wanted(t, en, "check."+string(n.ID()))
	}
}

func TestPlansUseEveryStep(t *testing.T) {
	en, _ := For(English)
	used := map[string]bool{}
	every := maps.Clone(plans)
	maps.Copy(every, capturePlans)
	for code, plan := range every {
		for _, s := range plan {
			used[s.key] = true
			if !en.Has("step." + s.key) {
				t.Errorf("%s: got step %s without words", code, s.key)
			}
		}
	}
	for _, key := range en.Keys() {
		name, ok := strings.CutPrefix(key, "step.")
		if ok && !slices.ContainsFunc(slices.Collect(maps.Keys(used)), func(u string) bool {
			return name == u || strings.HasPrefix(name, u+".")
		}) {
			t.Errorf("%s: got a step of no plan", key)
		}
	}
}
