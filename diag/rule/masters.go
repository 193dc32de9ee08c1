package rule

import (
	"slices"

	"faultline/diag"
	"faultline/diag/check"
	"faultline/platform"
)

// Many machines speak through an adapter that is none by itself: a bridge that
// the true one serves, a bond, a VLAN, a macvlan. What it lacks is its ports'.

// ports are the adapters that serve a bridge or a bond.
func ports(links []platform.Link, of platform.Link) []platform.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l platform.Link) bool { return l.Master != of.Index || of.Index == 0 })
}

// hears reports whether an adapter that is up may have a signal. The system
// takes up to a second to tell of a bridge that its last port went dark.
func hears(links []platform.Link, l platform.Link) bool {
	served := ports(links, l)
	return l.Carrier != platform.No && (len(served) == 0 || slices.ContainsFunc(served, carries))
}

// cause follows an adapter without a signal to the one that lacks it: the port
// that is off or dark, or what it sits on.
func cause(links []platform.Link, l platform.Link) platform.Link {
	for range 4 { // a VLAN on a bridge on a bond
		if !l.Up || hears(links, l) {
			return l
		}
		if p, ok := check.LinkByIndex(links, l.Parent); ok && !carries(p) {
			l = p
			continue
		}
		served := ports(links, l)
		if len(served) == 0 || slices.ContainsFunc(served, carries) {
			return l
		}
		i := max(slices.IndexFunc(served, func(p platform.Link) bool { return p.Up }), 0)
		l = served[i]
	}
	return l
}

// bridged looks, where no adapter of the usual kind explains it, at bridges
// that others serve. One that holds an address and whose machine has other
// adapters is rather a container engine's.
func bridged(links, idle []platform.Link, family diag.Family) (diag.Finding, bool) {
	served := func(l platform.Link) bool { return l.Kind == platform.Bridge && len(ports(links, l)) > 0 }
	blank := func(l platform.Link) bool { return served(l) && !speaks(l, diag.IPv4) && !speaks(l, diag.IPv6) }
	if f, ok := unaddressed(links, family, blank); ok {
		f.Direct = len(idle) == 0
		return f, true
	}
	if len(idle) > 0 {
		return dark(idle)
	}
	for _, l := range links {
		if served(l) && !carries(l) {
			idle = append(idle, cause(links, l))
		}
	}
	return dark(idle)
}

// dark chooses among adapters that are off or without a signal, none of which
// holds an address that tells which one it was: for a cable or Wi-Fi before those
// for phones and the like, and first one without a signal, as someone had switched
// it on.
func dark(idle []platform.Link) (diag.Finding, bool) {
	only := len(idle) == 1
	if usual := slices.DeleteFunc(slices.Clone(idle), func(l platform.Link) bool { return l.Kind == platform.OtherLink }); len(usual) > 0 {
		idle = usual
	}
	if i := slices.IndexFunc(idle, func(l platform.Link) bool { return l.Up }); i >= 0 {
		return linkFault(idle[i], only), true
	}
	if len(idle) > 0 {
		return linkFault(idle[0], only), true
	}
	return diag.Finding{}, false
}

func linkFault(l platform.Link, direct bool) diag.Finding {
	f := diag.Finding{Code: "link.disabled", Direct: direct, Args: diag.Args{"adapter": l.Name}}
	if l.Up {
		f.Code = "link.no-carrier"
	}
	return f
}
