package text

import (
	"sync"

	"faultline/diag"
	"faultline/diag/catalog"
)

// exclusion is a code and the claim by which it can be ruled out.
type exclusion struct {
	code  catalog.Code
	claim catalog.Claim
}

// exclusions hold the value that the claim must have, as the catalog declares
// it for the rivals of any code.
var exclusions = sync.OnceValue(func() map[exclusion]string {
	m := map[exclusion]string{}
	for _, d := range catalog.All() {
		for _, r := range d.Rivals {
			m[exclusion{r.Code, r.Claim}] = r.Excludes.String()
		}
	}
	return m
})

// excludes is the value of its claim that rules an alternative out.
func excludes(r diag.Rejected) string { return exclusions()[exclusion{r.Code, r.Claim}] }
