// Package check holds the checks, one file for each: what it asks of the host
// (Probe) and how it reads the answer by itself (Judge). What can only be said
// by reading several checks together is in package rule.
//
// A probe never decides; a judge never asks.
package check

import (
	"slices"

	"faultline/diag"
)

var registry []diag.Node

// add registers a check. It runs while variables are initialized, in an order
// that nothing may depend on.
func add[T any](s diag.Spec[T]) *diag.Check[T] {
	c := diag.New(s)
	if slices.ContainsFunc(registry, func(n diag.Node) bool { return n.ID() == c.ID() }) {
		panic("check: two checks are named " + string(c.ID()))
	}
	registry = append(registry, c)
	return c
}

// All returns every check.
func All() []diag.Node { return slices.Clone(registry) }
