package diag

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTarget bounds, in bytes, what is looked at.
const maxTarget = 2048

// The joiners are invisible, and yet letters of some names (RFC 5892 appendix
// A.1 and A.2): IDNA decides about them.
const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'
)

// tidyWords cuts a text into words of plain characters.
func tidyWords(s string) ([]string, *TargetError) {
	if len(s) > maxTarget {
		return nil, targetError(TargetTooLong, "")
	}
	if !utf8.ValidString(s) || strings.ContainsFunc(s, isControl) {
		return nil, targetError(ControlCharacters, "")
	}
	words := strings.Fields(strings.Map(plain, s))
	if len(words) == 0 {
		return nil, targetError(TargetEmpty, "")
	}
	return words, nil
}

func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

// plain drops what is invisible (a copied certificate field begins with
// U+200E), makes full-width forms of an input method ASCII, and treats the
// quotes and stops of running text as spaces. -1 drops the rune.
func plain(r rune) rune {
	switch {
	case r == zeroWidthJoiner || r == zeroWidthNonJoiner:
		return r
	case unicode.Is(unicode.Cf, r):
		return -1
	case strings.ContainsRune("，、；！？（）《》〈〉「」『』【】“”„‘’‚«»‹›…", r):
		return ' '
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r == '﹫':
		return '@'
	}
	return r
}

// trimWord takes the punctuation of pasted text off a word. One dot at the end
// stays: it is the root's. So does a bracket that belongs to an address.
func trimWord(w string) string {
	for {
		before := w
		w = strings.TrimLeft(w, "\"'`<({,;!*")
		w = strings.TrimRight(w, "\"'`>)},;!?*。")
		if strings.HasSuffix(w, "..") {
			w = strings.TrimRight(w, ".")
		}
		if strings.HasSuffix(w, "]") && !strings.Contains(w, "[") {
			w = strings.TrimSuffix(w, "]")
		}
		if strings.HasPrefix(w, "[") && strings.HasSuffix(w, "]") && strings.Contains(w, "://") {
			w = w[1 : len(w)-1]
		}
		if w == before {
			return w
		}
	}
}

// pickTarget finds the one target in a sentence. What has a port, a scheme or the
// form of an address is surely one; only where there is none of those, a name
// with a dot or a user@host is taken.
func pickTarget(words []string) (Target, *TargetError) {
	var sure, maybe []Target
	var failed *TargetError
	for _, w := range words {
		w = strings.TrimRight(trimWord(w), ".:")
		t, err := parseWord(w)
		switch {
		case err != nil:
			if strings.Contains(w, "://") || isDouble(w) {
				failed = err
			}
		case isSure(t, w):
			sure = append(sure, t)
		case strings.Contains(w, "@") || looksLikeName(t.Host):
			maybe = append(maybe, t)
		}
	}
	return onlyTarget(sure, maybe, failed)
}

// isSure reports whether a word of a sentence is surely meant as a target.
func isSure(t Target, w string) bool {
	if t.Scheme != "" {
		return strings.Contains(w, "//") || strings.Contains(w, `\\`)
	}
	return t.Addr.IsValid() || !t.Bare && (!strings.Contains(w, "@") || t.Port != sshPort)
}

// looksLikeName reports whether a word is a name with a dot that could end in
// a top-level domain, unlike "e.g" or "v1.2".
func looksLikeName(host string) bool {
	dot := strings.LastIndexByte(host, '.')
	return dot > 0 && len(host)-dot > 2 && !strings.ContainsAny(host[dot:], "_") && !isDigits(host[dot+2:])
}

// onlyTarget returns the one target that was found.
func onlyTarget(sure, maybe []Target, failed *TargetError) (Target, *TargetError) {
	found := sure
	if len(found) == 0 && failed != nil {
		return Target{}, failed
	}
	if len(found) == 0 {
		found = maybe
	}
	if len(found) == 0 {
		return Target{}, targetError(NoHost, "")
	}
	for _, t := range found[1:] {
		if t.String() != found[0].String() {
			return Target{}, targetError(SeveralTargets, "")
		}
	}
	return found[0], nil
}
