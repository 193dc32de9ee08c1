package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

var made = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func sample() Bundle {
	return Bundle{Tool: "faultline 0.1.0", Made: made, Calls: []byte("{\"n\":1,\"m\":\"clock.now\"}\n"),
		Report: []byte(`{"verdict":{}}`), Summary: []byte("All is well.\n")}
}

func written(t testing.TB, b Bundle) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := Write(&file, b); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func opened(file []byte) (Bundle, error) { return Open(bytes.NewReader(file), int64(len(file))) }

func TestRoundTrip(t *testing.T) {
	random := make([]byte, smallPart+1)
	rand.NewChaCha8([32]byte{1}).Read(random)
	cases := map[string]func(*Bundle){
		"all":              func(*Bundle) {},
		"calls only":       func(b *Bundle) { b.Report, b.Summary = nil, nil },
		"empty parts":      func(b *Bundle) { b.Calls, b.Summary = []byte{}, []byte{} },
		"incompressible":   func(b *Bundle) { b.Calls = random },
		"compresses well":  func(b *Bundle) { b.Calls = bytes.Repeat([]byte("x"), 2<<20) },
		"another timezone": func(b *Bundle) { b.Made = made.In(time.FixedZone("here", 3600)) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			want := sample()
			change(&want)
			file := written(t, want)
			got, err := opened(file)
			want.Made = want.Made.UTC()
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got %.300v, %v want %.300v", got, err, want)
			}
			if !bytes.Equal(written(t, want), file) {
				t.Error("written again: the bytes differ")
			}
		})
	}
}

func TestManifest(t *testing.T) {
	file := written(t, sample())
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	text, err := read(z.File[0])
	if err != nil {
		t.Fatal(err)
	}
	var got Manifest
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := Manifest{Schema: "faultline/bundle/1", Tool: "faultline 0.1.0", Made: made, Files: []File{
		{"calls.jsonl", sum(sample().Calls), 24}, {"report.json", sum(sample().Report), 14}, {"summary.txt", sum(sample().Summary), 13},
	}}
	if z.File[0].Name != "manifest.json" || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v want %+v", z.File[0].Name, got, want)
	}
}

func TestWriteRefuses(t *testing.T) {
	cases := []struct {
		name   string
		change func(*Bundle)
		fault  string
	}{
		{"no calls", func(b *Bundle) { b.Calls = nil }, "no call log"},
		{"a large part", func(b *Bundle) { b.Report = make([]byte, maxPart+1) }, "report.json: 67108865 bytes"},
		{"a long tool", func(b *Bundle) { b.Tool = strings.Repeat("x", maxTool+1) }, "manifest.json: a tool named with 201 bytes"},
		{"a far year", func(b *Bundle) { b.Made = made.AddDate(9000, 0, 0) }, "made in the year 11026"},
	}
	for _, c := range cases {
		b := sample()
		c.change(&b)
		if err := Write(&bytes.Buffer{}, b); err == nil || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: got %v want %q", c.name, err, c.fault)
		}
	}
}

type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("disk full")
	}
	return len(b), nil
}

func TestWriteTellsOfAFullDisk(t *testing.T) {
	size := len(written(t, sample()))
	for room := 0; room < size; room += 17 {
		if Write(&full{room}, sample()) == nil {
			t.Fatalf("room for %d of %d bytes: got no error", room, size)
		}
	}
}

type entry struct {
	name, text string
	method     uint16
	flags      uint16
}

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var file bytes.Buffer
	w := zip.NewWriter(&file)
	for _, e := range entries {
		out, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: e.method, Flags: e.flags})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(out, e.text)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func manifest(files ...File) entry {
	text, err := json.Marshal(Manifest{Schema: Schema, Files: files})
	if err != nil {
		panic(err)
	}
	return entry{name: manifestName, text: string(text)}
}

func is(name, text string) File {
	return File{Name: name, SHA256: sum([]byte(text)), Bytes: len(text)}
}

func TestOpenRefuses(t *testing.T) {
	calls := entry{name: callsName, text: "calls"}
	good := is(callsName, "calls")
	report := entry{name: reportName, text: "report"}
	many := []entry{manifest(good), calls}
	for i := range maxEntries {
		many = append(many, entry{name: fmt.Sprint(i)})
	}
	vast := []entry{manifest(good), calls}
	for range 6_000 {
		vast = append(vast, entry{name: "x"})
	}
	bomb := strings.Repeat("\x00", 2<<20)
	whole := zipped(t, manifest(good), calls)
	cases := []struct {
		name  string
		file  []byte
		fault string
	}{
		{"nothing", nil, "not a bundle"},
		{"text", []byte("this is no zip file"), "not a bundle"},
		{"no end", whole[:len(whole)-5], "not a bundle"},
		{"no manifest", zipped(t, calls), "manifest.json is missing"},
		{"no calls", zipped(t, manifest()), "calls.jsonl is missing"},
		{"calls promised", zipped(t, manifest(good)), "calls.jsonl: in the manifest and not"},
		{"not promised", zipped(t, manifest(good), calls, report), "report.json: in the bundle and not"},
		{"other hash", zipped(t, manifest(is(callsName, "CALLS")), calls), "calls.jsonl: not what the manifest says"},
		{"other size", zipped(t, manifest(File{callsName, good.SHA256, 4}), calls), "calls.jsonl: 5 bytes, the manifest says 4"},
		{"stranger", zipped(t, manifest(good), calls, entry{name: "run.exe"}), `"run.exe": a file that does not belong`},
		{"path upwards", zipped(t, manifest(good), calls, entry{name: "../calls.jsonl"}), "does not belong"},
		{"folder", zipped(t, manifest(good), calls, entry{name: "calls.jsonl/"}), "does not belong"},
		{"twice", zipped(t, manifest(good), calls, calls), "calls.jsonl is there twice"},
		{"two manifests", zipped(t, manifest(good), manifest(good), calls), "manifest.json is there twice"},
		{"stranger in the manifest", zipped(t, manifest(good, is("x", "")), calls), `"x" does not belong`},
		{"manifest in the manifest", zipped(t, manifest(good, is(manifestName, "")), calls), "does not belong"},
		{"twice in the manifest", zipped(t, manifest(good, good), calls), "calls.jsonl is there twice"},
		{"many", zipped(t, many...), "18 files, at most 16"},
		{"vast directory", zipped(t, vast...), "directory is too large"},
		{"no JSON", zipped(t, entry{name: manifestName, text: "{"}, calls), "manifest.json: it is no JSON, or not what it should be: unexpected end"},
		{"newer", zipped(t, entry{name: manifestName, text: `{"schema":"faultline/bundle/2"}`}, calls), `schema "faultline/bundle/2"`},
		{"long tool", zipped(t, entry{name: manifestName, text: `{"schema":"faultline/bundle/1","tool":"` + strings.Repeat("x", maxTool+1) + `"}`}, calls), "a tool named with 201"},
		{"far year", zipped(t, entry{name: manifestName, text: `{"schema":"faultline/bundle/1","made":"9999-12-31T23:00:00-02:00"}`}, calls), "made in the year 10000"},
		{"large manifest", zipped(t, entry{name: manifestName, text: strings.Repeat(" ", maxManifest+1)}, calls), "manifest.json\": 65537 bytes"},
		{"bomb", zipped(t, manifest(is(callsName, bomb)), entry{name: callsName, text: bomb, method: zip.Deflate}), "compressed more than 200 times"},
		{"encrypted", zipped(t, manifest(good), entry{name: callsName, text: "calls", flags: 1}), "encrypted"},
		{"size that lies", patch(t, whole, 24, 4), "calls.jsonl"},
		{"huge size that lies", patch(t, whole, 24, maxPart+1), "67108865 bytes"},
		{"compressed size that lies", patch(t, whole, 20, 1<<30), "larger than the bundle"},
		{"other method", patch(t, whole, 10, 99), "compressed by method 99"},
		{"changed byte", bytes.Replace(whole, []byte("calls\x50"), []byte("cells\x50"), 1), "calls.jsonl"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b, err := opened(c.file)
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %v want %q", err, c.fault)
			}
			if !reflect.DeepEqual(b, Bundle{}) {
				t.Errorf("beside the error: got %v want nothing", b)
			}
		})
	}
}

// patch sets a field of the last directory header (APPNOTE.TXT 4.3.12).
func patch(t *testing.T, file []byte, at int, value uint32) []byte {
	t.Helper()
	file = bytes.Clone(file)
	head := bytes.LastIndex(file, []byte("PK\x01\x02"))
	if head < 0 {
		t.Fatal("no directory")
	}
	if at == 10 {
		binary.LittleEndian.PutUint16(file[head+at:], uint16(value))
	} else {
		binary.LittleEndian.PutUint32(file[head+at:], value)
	}
	return file
}

func TestEveryChangedByteIsHarmless(t *testing.T) {
	file := written(t, sample())
	want := sample()
	for at := range file {
		for _, bit := range []byte{0x01, 0x80} {
			changed := bytes.Clone(file)
			changed[at] ^= bit
			// A changed time stamp or attribute of the zip says nothing that
			// we read; the parts themselves are as written or refused.
			if got, err := opened(changed); err == nil && !reflect.DeepEqual(got.Calls, want.Calls) {
				t.Fatalf("byte %d: got %q without an error", at, got.Calls)
			}
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(written(f, sample()))
	f.Add(zipped(f, manifest(is(callsName, "")), entry{name: callsName}))
	f.Add(zipped(f, manifest(is(callsName, "x"), is(callsName, "x")), entry{name: callsName, text: "x"}, entry{name: "y"}))
	f.Fuzz(func(t *testing.T, file []byte) {
		b, err := opened(file)
		if err != nil {
			return
		}
		again, err := opened(written(t, b))
		if err != nil || !reflect.DeepEqual(again, b) {
			t.Fatalf("written again: got %v, %v want %v", again, err, b)
		}
	})
}
