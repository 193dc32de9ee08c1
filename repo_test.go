package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"faultline/app/text"
	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/diag/check"
	"faultline/diag/rule"
)

// The house rules that a machine can keep. Each says why it is there.

// build is one way in which the programs are built.
type build struct{ goos, tags string }

var builds = []build{
	{"linux", "headless"}, {"linux", ""}, {"linux", "ci"}, {"windows", "headless"}, {"windows", ""}, {"darwin", "headless"}, {"darwin", ""},
}

// listed is a package as go list tells of it.
type listed struct {
	ImportPath, Dir                          string
	Imports, Deps, TestImports, XTestImports []string
}

// list returns the packages of this module in one build.
func list(t *testing.T, b build) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,Deps,TestImports,XTestImports", "-tags", b.tags, "./...")
	cmd.Env = append(os.Environ(), "GOOS="+b.goos, "CGO_ENABLED=0")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list for %v: %v\n%s", b, err, complaints.String())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// ban forbids packages that match from to import what matches what. A ban on
// everything below an import looks at all that comes with it.
type ban struct {
	from, what string
	except     string // packages that from matches and the ban does not
	tags       string // only in builds with these tags
	below      bool
	why        string
}

const ourSystems = `^faultline/platform/(linux|windows|darwin)(/|$)`

var bans = []ban{
	{from: `^faultline/platform$`, what: `^(os|syscall|net|os/exec|net/http|crypto/tls)$|\..*/`,
		why: "the port is a leaf of the standard library: a recording, a test and every system implement it"},
	{from: `^faultline/platform(/|$)`, what: `^faultline/(app|diag)(/|$)`, below: true,
		why: "the platform answers questions; it must not know who judges them"},
	{from: `^faultline/diag(/|$)`, what: `^(os|os/exec|syscall|net|net/http|crypto/tls|crypto/x509|time/tzdata|math/rand|math/rand/v2)$`,
		why: "code that decides does no I/O and has no chance in it: a replay must decide alike"},
	{from: `^faultline/diag(/|$)`, what: `^faultline/(app|platform/(native|portable|linux|windows|darwin))(/|$)`, below: true,
		why: "the engine sees a Host, never a machine"},
	{from: `^faultline/diag/catalog$`, what: `^faultline/`, except: `^faultline/platform$`,
		why: "the catalog is a leaf that everything may read"},
	{from: `^faultline/app(/text|/lab)?$`, what: `^faultline/(app/(cli|gui)|platform/native)(/|$)|` + ourSystems, below: true,
		why: "both faces stand on app; it knows neither a face nor a system"},
	{from: `^faultline/app/(cli|gui)(/|$)`, what: `^faultline/platform/native(/|$)|` + ourSystems, except: `/e2e$`, below: true,
		why: "a face shows what a session tells, and main hands it the host"},
	{from: `^faultline/`, what: `^os/exec$`, except: ourSystems,
		why: "only platform/<os> runs programs: fixed path and arguments, deadline, process-group kill"},
	{from: `^faultline(/|$)`, what: `^C$`, why: "no cgo: one static program that runs everywhere"},
	{from: `^faultline/`, what: `^(fyne\.io|github\.com/go-gl)/`, except: `^faultline/app/gui(/|$)`,
		why: "no GUI library outside the window"},
	{from: `^faultline$`, what: `^(fyne\.io|github\.com/go-gl)/`, except: `^fyne\.io/fyne/v2(/app)?$`,
		why: "main hands the window its main loop, and knows no widget"},
	{from: `^faultline/app/gui(/|$)`, what: `^fyne\.io/fyne/v2/app$|^github\.com/go-gl/`, below: true,
		why: "every page is tested without a display and without cgo"},
	{from: `^faultline/app/gui/scene$`, what: `^fyne\.io/`, below: true, why: "what is shown is data"},
	{from: `^faultline$`, what: `^(fyne\.io|github\.com/(go-gl|fyne-io))/|^faultline/app/gui(/|$)`, tags: "headless", below: true,
		why: "the command line is static and runs where no display is"},
	{from: `^faultline/`, what: `^github\.com/vishvananda/|^github\.com/shirou/`, except: ourSystems,
		why: "libraries of one system stay in its package"},
	{from: `^faultline/`, what: `^github\.com/miekg/dns$`, except: `^faultline/platform/(portable|linux)(/|$)`,
		why: "the DNS codec is a matter of the platform; judges read typed answers"},
	{from: `^faultline$`, what: `santhosh-tekuri/jsonschema|rogpeppe/go-internal`, below: true,
		why: "what tests need is not in the programs"},
	{from: `^faultline$`, what: `^testing$`, tags: "headless", below: true, why: "what tests need is not in the programs"},
}

func TestImports(t *testing.T) {
	for _, b := range builds {
		for _, p := range list(t, b) {
			for _, ban := range bans {
				if ban.tags != "" && ban.tags != b.tags || !matches(ban.from, p.ImportPath) || ban.except != "" && matches(ban.except, p.ImportPath) {
					continue
				}
				imports := p.Imports
				if ban.below {
					imports = p.Deps
				}
				for _, i := range imports {
					if matches(ban.what, i) && (ban.except == "" || !matches(ban.except, i)) {
						t.Errorf("%s/%s: %s imports %s: %s", b.goos, b.tags, p.ImportPath, i, ban.why)
					}
				}
			}
		}
	}
}

func matches(pattern, s string) bool { return regexp.MustCompile(pattern).MatchString(s) }

// source is one parsed Go file.
type source struct {
	path string
	text string
	file *ast.File
	set  *token.FileSet
}

// sources parses every Go file that is no test.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, path := range files(t) {
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			continue
		}
		s := source{path: path, text: read(t, path), set: token.NewFileSet()}
		f, err := parser.ParseFile(s.set, path, s.text, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		s.file = f
		all = append(all, s)
	}
	return all
}

// files lists the files of the repository.
func files(t *testing.T) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (path == ".git" || path == "bin" || path == ".cache") {
			return fs.SkipDir
		}
		if !d.IsDir() {
			all = append(all, filepath.ToSlash(path))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// long are files over the limit, and why they stay whole.
var long = map[string]string{}

const mostLines = 400

func TestFilesAreShort(t *testing.T) {
	generated := regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)
	for _, s := range sources(t) {
		n := strings.Count(s.text, "\n")
		switch _, known := long[s.path]; {
		case known && n <= mostLines:
			t.Errorf("%s: got %d lines, so it needs no exception", s.path, n)
		case !known && n > mostLines && !generated.MatchString(s.text):
			t.Errorf("%s: got %d lines, want at most %d: is it one thing?", s.path, n, mostLines)
		}
	}
}

const mostFunctionLines = 80

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1; n > mostFunctionLines {
				t.Errorf("%s: %s has %d lines, want at most %d", s.path, f.Name.Name, n, mostFunctionLines)
			}
		}
	}
}

// clockless are folders whose code is handed the time.
var clockless = regexp.MustCompile(`^(diag|app/text|platform/tape|platform/packet)/`)

func TestNothingReadsTheClockByItself(t *testing.T) {
	reads := regexp.MustCompile(`\btime\.(Now|Since|Until|Sleep)\b`)
	for _, s := range sources(t) {
		if found := reads.FindString(s.text); found != "" && clockless.MatchString(s.path) {
			t.Errorf("%s: got %s: time is handed in, so that a replay has the same", s.path, found)
		}
	}
}

// TestNoForeignWords keeps out what belongs to the place where the project is
// made, and marks of unfinished work. The words are taken apart here, so that
// this file does not hold them.
func TestNoForeignWords(t *testing.T) {
	words := regexp.MustCompile(`/wor` + `k/(main|shared|steering)|/tm` + `p/bash_|\.lib` + `rary/|\bTO` + `DO\b|\bFIX` + `ME\b|proxy\.gol` + `ang\.org`)
	text := regexp.MustCompile(`\.(go|md|json|txt|txtar|awk|toml|conf|mod)$|^Makefile$|^\.ci/`)
	for _, path := range files(t) {
		if !text.MatchString(path) {
			continue
		}
		lines := bufio.NewScanner(strings.NewReader(read(t, path)))
		lines.Buffer(nil, 1<<24)
		for n := 1; lines.Scan(); n++ {
			if found := words.FindString(lines.Text()); found != "" {
				t.Errorf("%s:%d: got %q, which has no place here", path, n, found)
			}
		}
	}
}

func TestChecksAreInTheirFiles(t *testing.T) {
	for _, n := range check.All() {
		id := string(n.ID())
		path := "diag/check/" + strings.ReplaceAll(id, ".", "_") + ".go"
		b, err := os.ReadFile(path)
		if err != nil || !regexp.MustCompile(`ID:\s+"`+regexp.QuoteMeta(id)+`"`).Match(b) {
			t.Errorf("check %s: got no declaration in %s, want it there (%v)", id, path, err)
		}
	}
}

// told are the codes that a check or a rule may yield, and those without a
// finding.
func told() []catalog.Code {
	codes := []catalog.Code{diag.OK, diag.Inconclusive}
	plan := rule.Plan()
	for _, n := range plan.Checks {
		codes = append(codes, n.Tells()...)
	}
	for _, r := range plan.Rules {
		codes = append(codes, r.Tells...)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func TestCodesHaveTexts(t *testing.T) {
	all := catalog.All()
	for _, lang := range text.Languages() {
		w, _ := text.For(lang)
		for _, code := range told() {
			if _, declared := all[code]; !declared && code != diag.OK && code != diag.Inconclusive {
				t.Errorf("%s: got a code that the catalog lacks", code)
			}
			if !slices.ContainsFunc(w.Keys(), func(key string) bool { return tells(key, string(code)) }) {
				t.Errorf("%s: got no message for the code %s", lang, code)
			}
			for _, rival := range all[code].Rivals {
				if !w.Has("title." + string(rival.Code)) {
					t.Errorf("%s: got no title for %s, a rival of %s", lang, rival.Code, code)
				}
			}
		}
	}
}

// TestTextsHaveCodes finds messages of codes that were renamed or dropped.
func TestTextsHaveCodes(t *testing.T) {
	codes := append(slices.Collect(maps.Keys(catalog.All())), diag.OK, diag.Inconclusive)
	w, _ := text.For(text.English)
	for _, key := range w.Keys() {
		if strings.HasPrefix(key, "verdict.") && !slices.ContainsFunc(codes, func(code catalog.Code) bool { return tells(key, string(code)) }) {
			t.Errorf("got a message %s for no code of the catalog", key)
		}
	}
}

// tells reports whether a message is one of a code's: its own, or for a shape.
func tells(key, code string) bool {
	return key == "verdict."+code || strings.HasPrefix(key, "verdict."+code+".")
}
