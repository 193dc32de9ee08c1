package text

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

func TestFor(t *testing.T) {
	for _, tt := range []struct{ given, want string }{
		{"en", English}, {"en_US.UTF-8", English}, {"EN-gb", English}, {"C", English}, {"POSIX", English},
		{"C.UTF-8", English}, {"zh", Chinese}, {"zh-CN", Chinese}, {"zh_CN.UTF-8", Chinese}, {"zh_SG", Chinese},
		{"zh-Hans", Chinese}, {"zh-Hans-HK", Chinese}, {"zh_CN.GB18030@pinyin", Chinese},
		{"zh-Hant", ""}, {"zh_TW.UTF-8", ""}, {"de_DE.UTF-8", ""}, {"english", ""}, {"", ""}, {".UTF-8", ""},
	} {
		t.Run(tt.given, func(t *testing.T) {
			w, ok := For(tt.given)
			if ok != (tt.want != "") {
				t.Fatalf("For(%q): got ok %v, want %v", tt.given, ok, !ok)
			}
			if ok && w.Lang() != tt.want {
				t.Errorf("For(%q): got %s, want %s", tt.given, w.Lang(), tt.want)
			}
		})
	}
}

func TestFromEnvironment(t *testing.T) {
	for _, tt := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"nothing", nil, English},
		{"LANG alone", map[string]string{"LANG": "zh_CN.UTF-8"}, Chinese},
		{"LC_ALL outranks", map[string]string{"LC_ALL": "zh_CN.UTF-8", "LC_MESSAGES": "en_US", "LANG": "en_US"}, Chinese},
		{"LC_MESSAGES outranks LANG", map[string]string{"LC_MESSAGES": "en_US", "LANG": "zh_CN"}, English},
		{"unknown decides too", map[string]string{"LC_ALL": "de_DE", "LANG": "zh_CN"}, English},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := FromEnvironment(func(name string) string { return tt.env[name] })
			if w.Lang() != tt.want {
				t.Errorf("got %s, want %s", w.Lang(), tt.want)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	w, _ := For(English)
	for _, tt := range []struct {
		name    string
		outcome diag.Outcome
		reason  string
		want    string
	}{
		{"observed", diag.Observed, "", ""},
		{"a word", diag.Skipped, "literal", w.messages["skip.literal"]},
		{"a check", diag.Skipped, "tcp.connect", "It needs “Connection”, which brought no result."},
		{"a word nobody knows", diag.Skipped, "moon", w.messages["outcome.skipped"]},
		{"the verdict stood", diag.NotNeeded, "verdict", w.messages["skip.verdict"]},
		{"no trouble", diag.NotNeeded, "no-trouble", w.messages["skip.no-trouble"]},
		{"out of time", diag.TimedOut, "budget", w.messages["skip.budget"]},
		{"slow", diag.TimedOut, "context deadline exceeded", w.messages["outcome.timed-out"]},
		{"canceled", diag.Canceled, "user", w.messages["outcome.canceled"]},
		{"failed", diag.Failed, "no such device", "It could not be done: no such device"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.Outcome(tt.outcome, tt.reason); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOutcomesHaveWords(t *testing.T) {
	w, _ := For(English)
	for _, o := range []diag.Outcome{diag.Unsupported, diag.Denied, diag.TimedOut, diag.Skipped, diag.NotNeeded,
		diag.Failed, diag.NotRecorded, diag.Canceled} {
		wanted(t, w, "outcome."+string(o))
	}
}

func TestRejected(t *testing.T) {
	w, _ := For(English)
	for _, tt := range []struct {
		name string
		r    diag.Rejected
		want string
	}{
		{"yes excludes", diag.Rejected{Code: "gateway.no-upstream", Claim: catalog.BeyondGateway}, "Something beyond the gateway answers."},
		{"no excludes", diag.Rejected{Code: "firewall.local-out", Claim: catalog.LocalDropped},
			"Nothing that is sent gets lost inside this computer."},
		{"refuted", diag.Rejected{Code: "tcp.filtered"}, "A test speaks against it."},
		{"no rival by that claim", diag.Rejected{Code: "tcp.filtered", Claim: "moon"}, "A test excludes it (moon)."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := w.Rejected(tt.r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestTargetError(t *testing.T) {
	for _, lang := range Languages() {
		w, _ := For(lang)
		for _, given := range []string{"", "host:99999", "host:http", "a b.example c.example", "foo://host", "me@example.com",
			"tcp://host", "1.2.3", "255.255.255.255", "224.0.0.1", "0.0.0.0", "http://", strings.Repeat("a", 64) + ".example",
			strings.Repeat("a", 3000), "ho\x00st"} {
			_, err := diag.ParseTarget(given)
			if err == nil {
				continue
			}
			if got := w.TargetError(err); got == w.Say("target.other", nil) {
				t.Errorf("TargetError(%v) in %s: got only the general message", err, lang)
			}
		}
		if got, want := w.TargetError(errors.New("moon")), w.Say("target.other", nil); got != want {
			t.Errorf("TargetError of another error: got %q, want %q", got, want)
		}
	}
	w, _ := For(English)
	_, err := diag.ParseTarget("host:99999")
	if got, want := w.TargetError(err), "“99999”: There is no such port. Write a number from 1 to 65535."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestProblemsHaveWords(t *testing.T) {
	w, _ := For(English)
	for _, p := range []*platform.Problem{platform.ErrUnsupported, platform.ErrPermission, platform.ErrRefused, platform.ErrReset,
		platform.ErrTimeout, platform.ErrUnreachableNet, platform.ErrUnreachableHost, platform.ErrUnreachablePort, platform.ErrNotFound,
		platform.ErrBusy, platform.ErrCanceled, platform.ErrMalformed, platform.ErrNotRecorded, {Code: platform.Other}} {
		wanted(t, w, "arg.problem."+string(p.Code))
	}
	for _, stage := range []string{platform.StageConnect, platform.StageTLS, platform.StageRequest, platform.StageReply} {
		wanted(t, w, "arg.stage."+stage)
	}
}

func TestUnknownCodesSaySomething(t *testing.T) {
	w, _ := For(English)
	target := diag.Target{Host: "h.example"}
	if got, want := w.Verdict(diag.Verdict{Code: "path.no-return"}, target),
		"What was found: "+w.Title("path.no-return")+"."; got != want {
		t.Errorf("verdict without a text: got %q, want %q", got, want)
	}
	if got := w.Title("moon.full"); got != "moon.full" {
		t.Errorf("title of no code: got %q, want the code", got)
	}
	if got := w.Say("moon", nil); got != "moon" {
		t.Errorf("no key: got %q, want the key", got)
	}
	if steps := w.Steps(diag.Verdict{Code: "path.no-return"}, target); len(steps) != 2 {
		t.Errorf("steps without a plan: got %v, want two", steps)
	}
}

func TestInconclusiveNamesTheNextCheck(t *testing.T) {
	w, _ := For(English)
	v := diag.Verdict{Code: diag.Inconclusive, Untested: []diag.Untested{{Code: "firewall.local-out", Need: catalog.NeedLocalFirewall}}}
	want := "What could be seen is not enough for a verdict. 1 check is missing; the first that would help: Run the check again as administrator."
	if got := w.Verdict(v, diag.Target{}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoReplyNeverSaysDown(t *testing.T) {
	w, _ := For(English)
	target := targets(t)["intranet.example:8443"]
	for _, v := range sampled("tcp.no-reply address:S seconds:D") {
		got := w.Verdict(v, target)
		if slices.ContainsFunc([]string{"is down", "is off.", "is not running"}, func(s string) bool { return strings.Contains(got, s) }) ||
			!strings.Contains(got, "cannot be told") {
			t.Errorf("got %q, want no claim about the host", got)
		}
	}
}
