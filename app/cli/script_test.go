package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"faultline/assets"
	"faultline/diag/rule"
)

// TestMain lets the scripts run the command line as a program whose host is
// the story that STORY names.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"faultline": func() { os.Exit(told()) }})
}

func told() int {
	interrupt := make(chan os.Signal, 2)
	signal.Notify(interrupt, os.Interrupt)
	return Run(Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv, Now: time.Now,
		Host: stories[os.Getenv("STORY")].host, Plan: rule.Plan, Seed: 1,
		Build:     Build{Version: "1.2.3", Commit: "abcdef", Kind: "headless", Go: "go1", OS: cmp.Or(os.Getenv("SYSTEM"), "linux"), Arch: "amd64"},
		Interrupt: interrupt, Kill: os.Exit,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata", UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "C.UTF-8")
			return writeTales(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"reports": reports, "noline": noline, "width": width80, "exits": exits, "waitfor": waitfor},
	})
}

// reports checks that each line, or the whole, of a file is a report.
func reports(ts *testscript.TestScript, neg bool, args []string) {
	schema := reportSchema()
	text := ts.ReadFile(args[0])
	documents := []string{text}
	if len(args) > 1 && args[1] == "lines" {
		documents = strings.Split(strings.TrimSpace(text), "\n")
	}
	for _, document := range documents {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err == nil {
			err = schema.Validate(v)
		}
		if (err != nil) != neg {
			ts.Fatalf("report: %v\n%s", err, document)
		}
		if strings.Contains(document, ": null") || strings.Contains(document, ":null") {
			ts.Fatalf("the report holds a null: %s", document)
		}
	}
}

func reportSchema() *jsonschema.Schema {
	raw, _ := assets.Schema("report")
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		panic(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.json", v); err != nil {
		panic(err)
	}
	return c.MustCompile("report.json")
}

// exits runs a command that must end with an exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	got := 0
	if errors.As(err, &ended) {
		got = ended.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code: got %d, want %s", got, args[0])
	}
}

// waitfor waits until a file is there.
func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for {
		if _, err := os.Stat(path); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("%s did not come", path)
		}
	}
}

// noline fails when a line of a file ends in a space.
func noline(ts *testscript.TestScript, neg bool, args []string) {
	for _, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if strings.HasSuffix(line, " ") {
			ts.Fatalf("a line ends in a space: %q", line)
		}
	}
}

// width80 fails when a line of a file is wider than 80 columns; commands to
// copy are never broken.
func width80(ts *testscript.TestScript, neg bool, args []string) {
	for _, line := range strings.Split(ts.ReadFile(args[0]), "\n") {
		if columnsOf(line) > columns && !strings.HasPrefix(strings.TrimSpace(line), "$ ") {
			ts.Fatalf("a line takes %d columns: %q", columnsOf(line), line)
		}
	}
}

// TestSchemaRefuses shows that the schema is no rubber stamp.
func TestSchemaRefuses(t *testing.T) {
	for _, text := range []string{`{}`, `{"schema":"faultline/report/2"}`} {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if reportSchema().Validate(v) == nil {
			t.Errorf("schema: got accepted %s, want refused", text)
		}
	}
}
