//go:build e2e && linux

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"faultline/app"
	"faultline/assets"
	"faultline/diag/bundle"
	"faultline/platform/linux/netlab"
)

// told is what one run of the program gave.
type told struct {
	story   story
	user    int
	draw    int
	seed    uint64
	clutter bool
	exit    int
	report  app.Report
	wall    time.Duration
	wire    *wire
	saved   string     // the bundle
	calls   []byte     // the record
	again   app.Report // what the bundle gives when it is opened
}

func (r told) String() string {
	name := fmt.Sprintf("%s as %s, seed %d", r.story.name, who(r.user), r.seed)
	if r.clutter {
		name += ", with clutter"
	}
	return name
}

func who(user int) string {
	if user == netlab.Root {
		return "root"
	}
	return "nobody"
}

// changeAfter is how long a run has looked when a story changes.
const changeAfter = 200 * time.Millisecond

// look runs the program in the client of a world, and opens what it saved.
// change, if any, happens while it runs.
func look(t testing.TB, w *netlab.World, user int, target string, flags []string, change func()) told {
	t.Helper()
	r := told{user: user}
	bundleName := fmt.Sprintf("run-%d.zip", time.Now().UnixNano())
	cmd := w.Command(t.Context(), user, program, append([]string{"check", "--json", "--save", bundleName, target}, flags...)...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	r.wire = tap(t, w.Client)
	begun := time.Now()
	err := cmd.Start()
	if err == nil && change != nil {
		<-time.After(changeAfter)
		change()
	}
	if err == nil {
		err = cmd.Wait()
	}
	r.wall = time.Since(begun)
	r.wire.close()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("running the program: %v", err)
	}
	r.exit = cmd.ProcessState.ExitCode()
	r.report = document(t, out.Bytes(), complaint.String())
	r.saved = filepath.Join(cmd.Dir, bundleName)
	r.calls = callsOf(t, r.saved)
	out.Reset()
	replay := exec.CommandContext(t.Context(), program, "bundle", "open", "--json", r.saved)
	replay.Stdout, replay.Stderr = &out, &complaint
	if err := replay.Run(); err != nil && replay.ProcessState == nil {
		t.Fatalf("opening the bundle: %v", err)
	}
	r.again = document(t, out.Bytes(), complaint.String())
	return r
}

func document(t testing.TB, text []byte, complaint string) (r app.Report) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("the report is no JSON: %v\n%s\n%s", err, text, complaint)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("the report does not keep to its schema: %v", err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatalf("reading the report: %v", err)
	}
	return r
}

var schema = func() *jsonschema.Schema {
	raw, ok := assets.Schema("report")
	if !ok {
		panic("the report has no schema")
	}
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
}()

func callsOf(t testing.TB, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("reading the bundle: %v", err)
	}
	b, err := bundle.Open(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatalf("opening the bundle: %v", err)
	}
	return b.Calls
}

// checksOf lists what the report says of each check.
func checksOf(r app.Report) string {
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "    %-18s %-8s %6.2fs %s\n", c.ID, c.State, c.Seconds, c.Summary)
	}
	for _, u := range r.Verdict.Untested {
		fmt.Fprintf(&b, "    untested: %s: %s\n", u.What, u.How)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "    note: %s %s\n", n.Code, n.Summary)
	}
	return b.String()
}

// states is what a replay must repeat of a report.
func states(r app.Report) string {
	var all []string
	for _, c := range r.Checks {
		all = append(all, fmt.Sprintf("%s=%s", c.ID, c.State))
	}
	slices.Sort(all)
	return fmt.Sprintf("%s %s %s %s", r.Verdict.Code, r.Verdict.Confidence, r.Verdict.Party, strings.Join(all, " "))
}

// kept writes the record of a run for whoever looks into a failure.
func kept(r told) string {
	dir := filepath.Join(os.TempDir(), "faultline-e2e-failed")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err.Error()
	}
	name := strings.NewReplacer(" ", "-", "/", "-", ":", "").Replace(fmt.Sprintf("%s-%s-%d.jsonl", r.story.name, who(r.user), r.seed))
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, r.calls, 0o644); err != nil {
		return err.Error()
	}
	return path
}
