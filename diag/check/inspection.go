package check

import (
	"slices"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// inspectors are words in the names of authorities by which devices and services
// issue certificates in other servers' names.
var inspectors = append([]string{"zscaler", "netskope", "fortinet", "fortigate", "palo alto", "sophos", "cisco umbrella", "mcafee web gateway", "skyhigh",
	"blue coat", "bluecoat", "check point", "checkpoint", "barracuda", "watchguard", "sonicwall", "untangle", "smoothwall", "lightspeed", "securly",
	"iboss", "forcepoint", "websense", "trend micro", "cloudflare gateway", "gateway ca - cloudflare", "contentkeeper", "cato networks", "menlo security",
	"opnsense", "pfsense", "squid", "mitmproxy", "ssl inspection", "tls inspection", "https inspection", "ssl proxy"}, onThisComputer...)

// onThisComputer are those that run on the computer whose traffic they inspect.
var onThisComputer = []string{"kaspersky", "avast", "avg web", "eset ssl", "bitdefender", "norton web", "dr.web", "adguard", "fiddler", "charles proxy",
	"portswigger", "superfish"}

// inspected returns the word by which the issuer of a leaf is known as one that
// inspects; "" for any other, and for the device's own pages.
func inspected(t platform.TLSFacts) string {
	if len(t.Chain) == 0 || t.NameMatches != platform.Yes || t.Chain[0].SelfSigned {
		return ""
	}
	for _, word := range inspectors {
		one := []string{word}
		if namesProduct(t.Chain[0].Issuer, one) && !namesProduct(t.Chain[0].Subject, one) {
			return word
		}
	}
	return ""
}

// intercepted is the finding of a chain that another than the server issued.
func intercepted(t platform.TLSFacts, direct bool) diag.Finding {
	f := diag.Finding{Code: "tls.intercepted", Direct: direct, Args: diag.Args{"issuer": t.Chain[0].Issuer}}
	if slices.Contains(onThisComputer, inspected(t)) {
		f.Party = catalog.Computer
	}
	return f
}
