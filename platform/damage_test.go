package platform

import (
	"errors"
	"testing"
)

func TestDamageError(t *testing.T) {
	below := errors.New("below")
	for _, c := range []struct {
		name string
		is   *Damage
		want string
	}{
		{"no arguments", Damaged("x", "it is empty"), "it is empty"},
		{"arguments", Damaged("x", "{n} bytes, at most {most}", "n", 9, "most", 5), "9 bytes, at most 5"},
		{"a name like a placeholder", Damaged("x", "{part}: {why}", "part", "{why}{part}", "why", "twice"), "{why}{part}: twice"},
		{"what was found below", Damaged("x", "not so").Because(below), "not so: below"},
		{"what was found below, as an argument", Damaged("x", "{part}: {why}", "part", "a", "why", below).Because(below), "a: below"},
	} {
		for range 20 { // a map has no order
			if got := c.is.Error(); got != c.want {
				t.Fatalf("%s: got %q want %q", c.name, got, c.want)
			}
		}
	}
	if err := Damaged("x", "not so").Because(below); !errors.Is(err, below) {
		t.Errorf("got %v, want what was found below within", err)
	}
}
