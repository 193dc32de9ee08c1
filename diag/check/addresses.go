package check

import (
	"context"
	"net/netip"

	"faultline/diag"
)

// mostAddresses of each family are tried.
const mostAddresses = 6

// addresses returns the addresses of the target that this run tries, in the
// order in which the system would use them: a literal; else what the system's
// own resolver says; else, while that is silent, what the name servers say.
// Which answer was there in time is part of the record.
func addresses(ctx context.Context, e *diag.Env) []netip.Addr {
	if e.Target.Addr.IsValid() {
		return []netip.Addr{e.Target.Addr}
	}
	return diag.Decide(ctx, e, "addresses", limited(known(e.View)))
}

// known returns what the checks on names have seen so far.
func known(v diag.View) []netip.Addr {
	if sys, ok := NamesSystem.Of(v); ok {
		return sys.Addresses
	}
	servers, _ := NamesServers.Of(v)
	return believed(servers)
}

// limited keeps at most six addresses of each family.
func limited(all []netip.Addr) (some []netip.Addr) {
	count := map[diag.Family]int{}
	for _, a := range all {
		f := diag.FamilyOf(a)
		if !Usable(a) {
			continue
		}
		if count[f]++; count[f] <= mostAddresses {
			some = append(some, a)
		}
	}
	return some
}
