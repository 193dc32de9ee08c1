package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"faultline/app/text"
	"faultline/platform"
)

// TestNotAs: why the look cannot be another user's is said in words and names the
// user, never as a code of the port.
func TestNotAs(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want map[string]string // by language
	}{
		{"no such user", &platform.Problem{Code: platform.NotFound, Text: "there is no such user"}, map[string]string{
			"en": "this computer knows no user mallory", "zh-Hans": "此计算机上没有用户 mallory"}},
		{"not root", &platform.Problem{Code: platform.Permission, Text: "only root can look as another user"}, map[string]string{
			"en": "only root can look as another user", "zh-Hans": "只有 root 能以其他用户的身份检查"}},
		{"something else", fmt.Errorf("reading the numbers of %s: %w", "mallory", errors.New("odd")), map[string]string{
			"en": "mallory is not possible: reading the numbers", "zh-Hans": "mallory"}},
	} {
		for lang, want := range c.want {
			w, ok := text.For(lang)
			if !ok {
				t.Fatalf("no words in %s", lang)
			}
			p := &program{words: w}
			got := p.notAs("mallory", c.err).Error()
			if !strings.Contains(got, want) || strings.Contains(got, "not-found") || strings.Contains(got, "permission:") {
				t.Errorf("%s, %s: got %q, want %q in it", c.name, lang, got, want)
			}
		}
	}
}
