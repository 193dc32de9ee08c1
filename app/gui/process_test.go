//go:build cgo || !darwin

package gui

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want Option
		ok   bool
	}{
		{"none", nil, Option{}, true},
		{"target", []string{"--target", "intranet.example:22"}, Option{Target: "intranet.example:22"}, true},
		{"state", []string{"--ui-state", "f", "--target", "h"}, Option{Target: "h", State: "f"}, true},
		{"captures", []string{"--capture", "a.pcap", "--capture", "b.pcap"}, Option{Captures: []string{"a.pcap", "b.pcap"}}, true},
		{"value missing", []string{"--target"}, Option{}, true},
		{"no capture", []string{"--capture"}, Option{}, true},
		{"a verb of the command line", []string{"check", "h"}, Option{}, false},
		{"help", []string{"--help"}, Option{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, ok := Options(tt.args); !reflect.DeepEqual(got, tt.want) || ok != tt.ok {
				t.Errorf("got %+v, %v; want %+v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
}

func TestExplainNamesTheCommand(t *testing.T) {
	for lang, want := range map[string]string{"en_US.UTF-8": "no display", "zh_CN.UTF-8": "没有显示器"} {
		var out bytes.Buffer
		code := Explain(&out, func(string) string { return lang }, "own.no-display")
		if code != 2 || !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "faultline check HOST") {
			t.Errorf("%s: got %d and %q", lang, code, out.String())
		}
	}
}

func TestWhatTheDisplayLacks(t *testing.T) {
	for said, want := range map[string]string{
		"APIUnavailable: GLX: No GLXFBConfigs returned":                    "own.no-gl",
		"VersionUnavailable: GLX: Failed to create context: BadMatch":      "own.no-gl",
		"PlatformUnavailable: Failed to detect any supported platform":     "own.no-display",
		"runtime error: invalid memory address or nil pointer dereference": "",
	} {
		if got := lacks(said); got != want {
			t.Errorf("%q: got %q, want %q", said, got, want)
		}
	}
}

func TestNextStartMentionsAPanic(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "faultline")
	logs := newCrashLog(dir)
	if got := logs.last(); got != "" {
		t.Errorf("first start: got %q, want nothing", got)
	}
	if _, err := logs.Write([]byte("Fyne error: something small\n")); err != nil {
		t.Fatal(err)
	}
	if got := newCrashLog(dir).last(); got != "" {
		t.Errorf("after an error of the toolkit: got %q, want nothing", got)
	}
	logs.write("index out of range", []byte("stack"))
	got := newCrashLog(dir).last()
	raw, err := os.ReadFile(got)
	if err != nil || !strings.Contains(string(raw), "index out of range") {
		t.Errorf("after a panic: got %q with %q (%v)", got, raw, err)
	}
	if got := newCrashLog(dir).last(); got != "" {
		t.Errorf("the start after that: got %q, want nothing", got)
	}
}

func TestLogIsBounded(t *testing.T) {
	logs := newCrashLog(t.TempDir())
	for range 100 {
		if _, err := logs.Write(bytes.Repeat([]byte("x"), mostLog/10)); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(logs.path); err != nil || info.Size() > mostLog {
		t.Errorf("got %d bytes (%v), want at most %d", info.Size(), err, mostLog)
	}
}

func TestNoBusNoTray(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "none"))
	if trayHost(time.Second) {
		t.Error("got a tray without a bus")
	}
}
