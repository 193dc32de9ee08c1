package windows

import "testing"

func TestPortRange(t *testing.T) {
	usual := template{49152, 16384}
	for _, c := range []struct {
		name      string
		all       []template
		low, high int
		ok        bool
	}{
		{"the default in every template", []template{usual, usual, usual}, 49152, 65535, true},
		{"a wider one", []template{{1025, 64511}}, 1025, 65535, true},
		{"a narrow one", []template{{50000, 255}}, 50000, 50254, true},
		{"templates that differ", []template{usual, {1025, 64511}}, 0, 0, false},
		{"none", nil, 0, 0, false},
		{"beyond the last port", []template{{65000, 1000}}, 0, 0, false},
		{"too few", []template{{50000, 1}}, 0, 0, false},
		{"nothing", []template{{0, 0}}, 0, 0, false},
		{"numbers out of range", []template{{1<<32 - 1, 1<<32 - 1}}, 0, 0, false},
	} {
		if low, high, ok := portRange(c.all); low != c.low || high != c.high || ok != c.ok {
			t.Errorf("%s: got %d-%d, %v want %d-%d, %v", c.name, low, high, ok, c.low, c.high, c.ok)
		}
	}
}

func TestVariantNumber(t *testing.T) {
	value := [8]byte{0x00, 0xC0, 0x01, 0x00, 0xFF}
	for _, c := range []struct {
		name string
		kind uint16
		want uint32
		ok   bool
	}{
		{"VT_I4", variantI4, 0x1C000, true}, {"VT_UI4", variantUI4, 0x1C000, true}, {"VT_UI2", variantUI2, 0xC000, true},
		{"VT_I2", variantI2, 0xC000, true}, {"VT_UI1", variantUI1, 0, true},
		{"VT_NULL", 1, 0, false}, {"VT_BSTR", variantText, 0, false}, {"an array", 0x2000 | variantI4, 0, false},
	} {
		if got, ok := variantNumber(c.kind, value); got != c.want || ok != c.ok {
			t.Errorf("%s: got %#x, %v want %#x, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}
