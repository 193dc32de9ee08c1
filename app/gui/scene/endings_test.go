package scene

import (
	"encoding/json"
	"testing"

	"faultline/app"
	"faultline/app/text"
	"faultline/platform"
)

// TestEndingsInWords: how a call ended is said in the language of the window.
func TestEndingsInWords(t *testing.T) {
	zh, ok := text.For("zh-Hans")
	if !ok {
		t.Fatal("got no Chinese")
	}
	for _, tt := range []struct {
		name, answer string
		problem      *platform.Problem
		en, zh       string
	}{
		{"refused", `{"ended":"refused"}`, nil, "refused (RST)", "被拒绝（RST）"},
		{"by this machine", `{"ended":"local"}`, nil, "not sent by this computer", "本机未能发出"},
		{"a route to itself", `{"kind":"local"}`, nil, "this computer itself", "本机自身"},
		{"a problem", `null`, &platform.Problem{Code: platform.Refused}, "refused", "被拒绝"},
		{"a number", `{"http":{"status":503}}`, nil, "HTTP 503", "HTTP 503"},
		{"a word that nobody knows", `{"state":"odd"}`, nil, "odd", "odd"},
		{"nothing", `{}`, nil, "", ""},
	} {
		var e app.Evidence
		e.Data.Answer, e.Data.Problem = json.RawMessage(tt.answer), tt.problem
		if en, cn := ending(e, english(t)), ending(e, zh); en != tt.en || cn != tt.zh {
			t.Errorf("%s: got %q and %q want %q and %q", tt.name, en, cn, tt.en, tt.zh)
		}
	}
}
