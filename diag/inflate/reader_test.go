package inflate_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"faultline/diag/inflate"
)

// packed is text as gzip packs it at a level.
func packed(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	z.Name, z.Comment, z.Extra = "a name", "a comment", []byte("extra")
	if _, err = z.Write(text); err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unpack reads everything.
func unpack(r io.Reader) ([]byte, error) {
	z, err := inflate.NewReader(r)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// texts are what packers treat in different ways.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := make([]byte, 100_000)
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	mixed := make([]byte, 0, 1<<19)
	for len(mixed) < 1<<19 {
		at, n := r.IntN(len(random)-300), r.IntN(300)
		mixed = append(mixed, random[at:at+n]...)
		mixed = append(mixed, bytes.Repeat([]byte{byte(n)}, r.IntN(400))...)
		if n := len(mixed); n > 40_000 {
			back := 1 + r.IntN(32_768)
			mixed = append(mixed, mixed[n-back:n-back+min(back, 1+r.IntN(300))]...)
		}
	}
	return map[string][]byte{
		"nothing": nil, "a byte": {7}, "random": random, "zeros": make([]byte, 1_000_000), "mixed": mixed,
		"few": []byte(strings.Repeat("abcabcabd", 50_000)), "words": []byte(strings.Repeat("the quick brown fox ", 5)),
	}
}

func TestUnpacks(t *testing.T) {
	for name, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 6, 9} {
			p := packed(t, level, text)
			for how, r := range map[string]io.Reader{
				"at once": bytes.NewReader(p), "in halves": iotest.HalfReader(bytes.NewReader(p)), "with the end": iotest.DataErrReader(bytes.NewReader(p)),
			} {
				if got, err := unpack(r); err != nil || !bytes.Equal(got, text) {
					t.Errorf("%s, level %d, %s: got %d bytes, %v; want %d", name, level, how, len(got), err, len(text))
				}
			}
		}
	}
}

func TestMembersInARow(t *testing.T) {
	all := append(packed(t, 6, []byte("one, ")), packed(t, 0, []byte("two, "))...)
	all = append(all, packed(t, 9, []byte("three"))...)
	if got, err := unpack(iotest.OneByteReader(bytes.NewReader(all))); string(got) != "one, two, three" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestCutAnywhere gives only what is really there.
func TestCutAnywhere(t *testing.T) {
	text := texts()["mixed"][:1000]
	for _, level := range []int{gzip.HuffmanOnly, 0, 6} {
		p := packed(t, level, text)
		for n := range len(p) {
			got, err := unpack(bytes.NewReader(p[:n]))
			if !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.HasPrefix(text, got) {
				t.Fatalf("level %d, %d of %d bytes: got %d bytes, %v", level, n, len(p), len(got), err)
			}
		}
	}
}

func TestDamaged(t *testing.T) {
	p := packed(t, 6, texts()["mixed"])
	for name, change := range map[string]func([]byte){
		"checksum": func(p []byte) { p[len(p)-5] ^= 1 },
		"length":   func(p []byte) { p[len(p)-1] ^= 1 },
		"data":     func(p []byte) { p[len(p)/2] ^= 1 },
	} {
		q := bytes.Clone(p)
		change(q)
		if _, err := unpack(bytes.NewReader(q)); !errors.Is(err, inflate.ErrDamaged) {
			t.Errorf("%s: got %v want %v", name, err, inflate.ErrDamaged)
		}
	}
	if _, err := unpack(strings.NewReader(strings.Repeat("no gzip", 9))); !errors.Is(err, inflate.ErrHeader) {
		t.Errorf("no gzip: got %v want %v", err, inflate.ErrHeader)
	}
	broken := errors.New("broken")
	if _, err := unpack(io.MultiReader(bytes.NewReader(p[:len(p)/2]), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("a reader that fails: got %v want %v", err, broken)
	}
}

// FuzzReader compares with compress/gzip. Both fail or neither, and what came
// before is the same as far as both have it.
func FuzzReader(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{gzip.HuffmanOnly, 0, 1, 6} {
			f.Add(packed(f, level, text[:min(len(text), 500)]))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want []byte
		z, wrong := gzip.NewReader(bytes.NewReader(data))
		if wrong == nil {
			want, wrong = io.ReadAll(io.LimitReader(z, 1<<20))
		}
		y, err := inflate.NewReader(bytes.NewReader(data))
		var got []byte
		if err == nil {
			got, err = io.ReadAll(io.LimitReader(y, 1<<20))
		}
		if (err == nil) != (wrong == nil) {
			t.Fatalf("got %v want %v", err, wrong)
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) || err == nil && len(got) != len(want) {
			t.Fatalf("got %d bytes want %d, or they differ", len(got), len(want))
		}
	})
}

func BenchmarkReader(b *testing.B) {
	text := texts()["mixed"]
	p := packed(b, 6, text)
	for name, open := range map[string]func(io.Reader) (io.Reader, error){
		"inflate": func(r io.Reader) (io.Reader, error) { return inflate.NewReader(r) },
		"gzip":    func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				z, err := open(bytes.NewReader(p))
				if err == nil {
					_, err = io.Copy(io.Discard, z)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
