package catalog

import "slices"

// Catalog finds declarations by code.
type Catalog map[Code]Decl

// All returns the whole catalogue.
func All() Catalog {
	all := Catalog{}
	for _, d := range slices.Concat(links, addresses, routes, names, paths, transports, locals, sessions, applications, notes, resets) {
		if _, twice := all[d.Code]; twice {
			panic("catalog: " + d.Code + " is declared twice")
		}
		if d.Cap == NoConfidence {
			d.Cap = Proven
		}
		all[d.Code] = d
	}
	return all
}
