package diag

import "faultline/diag/catalog"

// Verdict is what is told in the end: a declared value, not a sentence.
type Verdict struct {
	Code       catalog.Code
	Layer      catalog.Layer
	Party      catalog.Party
	Confidence catalog.Confidence
	Way        Way
	Args       Args
	Evidence   []Ref
	Rejected   []Rejected
	Untested   []Untested
	Also       []Finding // notes, and causes beside this one
	// Meant is what was found where programs here do not go, while the proxy that
	// they take lets them through. It is nothing to look at.
	Meant []Finding
	// Untried are the methods that it rests on and that were never run on the
	// system that they are for, which makes it possible at most.
	Untried []string
}

// Rejected is an alternative that was considered, and what speaks against it.
type Rejected struct {
	Code     catalog.Code
	Claim    catalog.Claim // the claim that excludes it; "" when the finding itself was refuted
	Evidence []Ref
}

// Untested is a rival that stayed open, and what would tell.
type Untested struct {
	Code catalog.Code
	Need catalog.Need
	Args Args // for the words, nil for most
}

// The verdicts that no finding carries.
const (
	OK           catalog.Code = "ok"
	Inconclusive catalog.Code = "inconclusive"
)
