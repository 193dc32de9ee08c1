package main

import (
	"regexp"
	"testing"
)

// judged are the folders whose code must tell the same of a recording wherever
// it runs: which system was looked at is in the record (SystemFacts.OS).
var judged = regexp.MustCompile(`^(diag|app)/`)

// ofRunning ask for the running system all the same, each for a matter of this
// program itself and of no diagnosis.
var ofRunning = map[string]string{
	"app/history/history.go":      "where this program keeps its files",
	"app/cli/style.go":            "what the terminal can draw",
	"app/cli/terminal_unix.go":    "how wide the terminal is",
	"app/cli/terminal_windows.go": "how wide the terminal is",
	"app/gui/captures.go":         "which program read the captures",
	"app/gui/tray_host.go":        "whether the desktop has a tray",
	"app/gui/process.go":          "whether there is a display",
}

func TestJudgesAskTheRecordForTheSystem(t *testing.T) {
	asks := regexp.MustCompile(`\bruntime\.GO(OS|ARCH)\b|(?m)^//go:build .*\b(linux|windows|darwin|unix)\b`)
	named := regexp.MustCompile(`_(linux|windows|darwin|unix)(_\w+)?\.go$`)
	window := regexp.MustCompile(`(?m)^//go:build .*\bcgo\b`) // what the toolkit needs to be built
	used := map[string]bool{}
	for _, s := range sources(t) {
		found := asks.FindString(s.text) + named.FindString(s.path)
		if !judged.MatchString(s.path) || found == "" {
			continue
		}
		used[s.path] = true
		if ofRunning[s.path] == "" && !window.MatchString(found) {
			t.Errorf("%s: got %s: which system was looked at is in the record", s.path, found)
		}
	}
	for path := range ofRunning {
		if !used[path] {
			t.Errorf("%s asks for no system any more: take it off the list", path)
		}
	}
}
