package diag

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{
		"", "intranet", "a.b.:80", "https://u:p@h:1/x?y#z", "[fe80::1%25eth0]:22", "fe80::1%25", `\\nas@SSL@1\x`,
		`sql\inst,1`, "jdbc:oracle:thin:u/p@//h:1:s", "Can't open https://a/x, help", "MÜNCHEN。example", "1.2.3.4/8",
		"sip:a@b", "/x@", "?a=b@c", "://", " ", `\`, ":443/", "xn--i-7iq.example", "نامه\u200cای", "\u202ea", "git@h:a/b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTarget(s)
		if err == nil {
			soundTarget(t, s, got)
			sameTarget(t, s, got)
		}
		leaksNothing(t, "https://anna:zqsecretzq"+s+"@intranet/")
		leaksNothing(t, "zqsecretzq:pw"+s+"@intranet")
		leaksNothing(t, s+" ssh://zqsecretzq:pw@intranet")
	})
}

// soundTarget fails when a target holds what must not be shown.
func soundTarget(t *testing.T, s string, got Target) {
	t.Helper()
	for _, text := range []string{got.Given, got.String(), got.Unicode} {
		if utf8.RuneCountInString(text) > 300 || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("ParseTarget(%q) shows %q", s, text)
		}
	}
	if (got.Host == "") != got.Addr.IsValid() || len(got.Ports) == 0 || strings.ContainsAny(got.Given, "@?#") {
		t.Errorf("ParseTarget(%q) = %+v", s, got)
	}
}

// sameTarget fails when a target does not lead back to itself.
func sameTarget(t *testing.T, s string, got Target) {
	t.Helper()
	again, err := ParseTarget(got.String())
	if err != nil || again.Host != got.Host || again.Rooted != got.Rooted || again.Addr != got.Addr || !slices.Equal(again.Ports, got.Ports) {
		t.Errorf("ParseTarget(%q) = %+v; of its String %q: %+v, %v", s, got, got, again, err)
	}
}

// leaksNothing fails when a secret comes out anywhere.
func leaksNothing(t *testing.T, s string) {
	t.Helper()
	got, err := ParseTarget(s)
	if text := fmt.Sprintf("%+v %v %#v", got, err, err); strings.Contains(text, "zqsecretzq") {
		t.Errorf("ParseTarget(%q) leaks: %s", s, text)
	}
	if te, ok := err.(*TargetError); ok && strings.Contains(fmt.Sprint(te.Args), "zqsecretzq") {
		t.Errorf("ParseTarget(%q) leaks: %v", s, te.Args)
	}
}
