package windows

import (
	"reflect"
	"strings"
	"testing"
	"unicode"
)

// madeServices spells an array of ENUM_SERVICE_STATUS_PROCESSW of two services,
// with the texts behind it.
func madeServices(base uint64, pointer int) made {
	size := 56
	if pointer == 4 {
		size = 44
	}
	texts := made{}.wide("Dnscache")
	second := base + uint64(2*size+len(texts))
	texts = texts.wide("NlaSvc")
	var m made
	for _, at := range []uint64{base + uint64(2*size), second} {
		if pointer == 8 {
			m = m.u64(at, at)
		} else {
			m = m.u32(uint32(at), uint32(at))
		}
		m = m.u32(0x20, 4, 5, 0, 0, 0, 0, 1234, 0)
		m = m.zero(size - (2*pointer + 36))
	}
	return append(m, texts...)
}

func TestDecodeServices(t *testing.T) {
	want := map[int][]string{1234: {"Dnscache", "NlaSvc"}}
	for _, pointer := range []int{4, 8} {
		const base = 0x70001000
		b := madeServices(base, pointer)
		if got := decodeServices(b, base, 2, pointer); !reflect.DeepEqual(got, want) {
			t.Errorf("pointers of %d: got %v want %v", pointer, got, want)
		}
		if got := decodeServices(b[:20], base, 2, pointer); len(got) != 0 {
			t.Errorf("cut: got %v", got)
		}
		if got := decodeServices(b, base+1<<20, 2, pointer); len(got) != 0 {
			t.Errorf("texts elsewhere: got %v", got)
		}
	}
}

func TestDecodeOwnerModule(t *testing.T) {
	const base = 0x7ff000000000
	b := made{}.u64(base+16, base+16).wide("Dnscache")
	if got := decodeOwnerModule(b, base, 8); got != "Dnscache" {
		t.Errorf("got %q", got)
	}
	b = made{}.u32(0x8008, 0x8008).wide("Schedule")
	if got := decodeOwnerModule(b, 0x8000, 4); got != "Schedule" {
		t.Errorf("got %q with short pointers", got)
	}
	if got := decodeOwnerModule(made{}.u64(base+8).wide("a\x07\u202eb"), base, 8); got != "ab" {
		t.Errorf("got %q want what can be shown", got)
	}
}

func FuzzDecodeServices(f *testing.F) {
	f.Add([]byte(madeServices(0x1000, 8)), uint64(0x1000), 2, true)
	f.Add([]byte(madeServices(0x1000, 4)), uint64(0x1000), 2, false)
	f.Fuzz(func(t *testing.T, b []byte, base uint64, count int, long bool) {
		pointer := 4
		if long {
			pointer = 8
		}
		all := decodeServices(b, base, count, pointer)
		all[0] = append(all[0], decodeOwnerModule(b, base, pointer))
		for _, names := range all {
			for _, n := range names {
				if strings.ContainsFunc(n, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Errorf("got %q", n)
				}
			}
		}
	})
}
