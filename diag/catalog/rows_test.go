package catalog_test

import (
	"reflect"
	"slices"
	"testing"

	"faultline/diag"
	"faultline/diag/catalog"
)

// A cause beside its consequence is told otherwise once the catalogue no
// longer says that the one explains the other.
func TestNoHidesEntryIsDead(t *testing.T) {
	cat, tried := catalog.All(), 0
	for _, code := range told(t) {
		d := cat[code]
		for i, hidden := range d.Hides {
			tried++
			both := []diag.Finding{{Code: hidden, Direct: true}, {Code: code, Direct: true}}
			less := d
			less.Hides = slices.Delete(slices.Clone(d.Hides), i, i+1)
			before, after := settle(cat, d, both), settle(with(cat, less), d, both)
			if before.Code != code || reflect.DeepEqual(before, after) {
				t.Errorf("%s hides %s: got %s, and %s without that line", code, hidden, before.Code, after.Code)
			}
			if named(before, hidden) || !named(after, hidden) {
				t.Errorf("%s hides %s: named %v, and %v without that line", code, hidden, named(before, hidden), named(after, hidden))
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d entries were tried", tried)
	}
}

// named reports whether a verdict speaks of a code at all.
func named(v diag.Verdict, code catalog.Code) bool {
	return v.Code == code || slices.ContainsFunc(v.Also, func(f diag.Finding) bool { return f.Code == code })
}

// With every other rival excluded, an open one makes a verdict less sure, its
// exclusion is told, and neither would be so without its line.
func TestNoRivalIsDead(t *testing.T) {
	cat, tried := catalog.All(), 0
	for _, code := range told(t) {
		d := cat[code]
		for i, rival := range d.Rivals {
			tried++
			less := d
			less.Rivals = slices.Delete(slices.Clone(d.Rivals), i, i+1)
			lowers := false
			for _, direct := range []bool{true, false} {
				f := []diag.Finding{{Code: code, Direct: direct}}
				open, gone := settle(cat, d, f, excluded(less.Rivals)...), settle(with(cat, less), d, f, excluded(less.Rivals)...)
				lowers = lowers || open.Confidence < gone.Confidence
				if u := open.Untested; len(u) != 1 || u[0].Code != rival.Code || u[0].Need != rival.Need {
					t.Errorf("%s against %s: untested %v", code, rival.Code, open.Untested)
				}
			}
			if !lowers {
				t.Errorf("%s against %s: an open rival lowers nothing", code, rival.Code)
			}
			all := settle(cat, d, []diag.Finding{{Code: code, Direct: true}}, excluded(d.Rivals)...)
			if !slices.ContainsFunc(all.Rejected, func(r diag.Rejected) bool { return r.Code == rival.Code && r.Claim == rival.Claim }) {
				t.Errorf("%s against %s: excluded, and not told as rejected: %v", code, rival.Code, all.Rejected)
			}
		}
	}
	if tried < 15 {
		t.Errorf("only %d rivals were tried", tried)
	}
}

func excluded(rivals []catalog.Rival) (claims []diag.Claim) {
	for _, r := range rivals {
		claims = append(claims, diag.Claim{Name: r.Claim, Value: r.Excludes})
	}
	return claims
}

// A more exact code replaces the general one wherever both hold.
func TestEveryRefinementReplaces(t *testing.T) {
	cat := catalog.All()
	for _, code := range told(t) {
		d := cat[code]
		if d.Refines == "" {
			continue
		}
		v := settle(cat, d, []diag.Finding{{Code: d.Refines, Direct: true}, {Code: code}})
		if v.Code != code || named(v, d.Refines) {
			t.Errorf("%s refines %s: got %s", code, d.Refines, v.Code)
		}
	}
}
