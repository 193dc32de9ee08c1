package portable

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"

	"faultline/platform"
)

// kin says whether a trusted root is of the same authority as an issuer, by the
// names. Systems that verify by themselves list no roots: it is unknown there.
func kin(issuer pkix.Name, roots *x509.CertPool) platform.Tri {
	if roots == nil {
		var err error
		if roots, err = x509.SystemCertPool(); err != nil {
			return platform.Unknown
		}
	}
	if leading(issuer.CommonName) == "" && len(issuer.Organization) == 0 {
		return platform.Unknown // a name that says nothing
	}
	//lint:ignore SA1019 what it lacks on other systems leaves the answer unknown
	subjects := roots.Subjects()
	if len(subjects) == 0 {
		return platform.Unknown
	}
	return platform.TriOf(slices.ContainsFunc(subjects, func(raw []byte) bool {
		var sequence pkix.RDNSequence
		var root pkix.Name
		if rest, err := asn1.Unmarshal(raw, &sequence); err != nil || len(rest) > 0 {
			return false
		}
		root.FillFromRDNSequence(&sequence)
		return related(issuer, root)
	}))
}

func related(a, b pkix.Name) bool {
	for _, o := range a.Organization {
		if o != "" && slices.ContainsFunc(b.Organization, func(p string) bool { return strings.EqualFold(o, p) }) {
			return true
		}
	}
	word := leading(a.CommonName)
	return word != "" && word == leading(b.CommonName)
}

// common are words with which the names of authorities of anybody begin.
var common = []string{"root", "ca", "the", "certificate", "certification", "authority", "intermediate", "issuing", "global", "secure", "trust", "trusted",
	"internal", "private", "public", "class", "my", "local", "corporate", "company", "enterprise", "server", "tls", "ssl"}

// leading is the first word of a name that says whose it is.
func leading(name string) string {
	for _, w := range strings.Fields(strings.ToLower(name)) {
		if !slices.Contains(common, w) && len(w) > 1 {
			return w
		}
	}
	return ""
}
