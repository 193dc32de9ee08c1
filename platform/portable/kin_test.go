package portable

import (
	"crypto/x509/pkix"
	"testing"
)

func TestRelatedAuthorities(t *testing.T) {
	name := func(o, cn string) pkix.Name {
		n := pkix.Name{CommonName: cn}
		if o != "" {
			n.Organization = []string{o}
		}
		return n
	}
	for _, tt := range []struct {
		name string
		a, b pkix.Name
		want bool
	}{
		{"same organization", name("Example Trust Ltd", "R3"), name("example trust ltd", "Root X1"), true},
		{"same first word", name("", "Acme Issuing CA 2"), name("", "Acme Root CA"), true},
		{"other word", name("", "Other Issuing CA"), name("", "Acme Root CA"), false},
		{"common words only", name("", "Issuing CA"), name("", "Root CA"), false},
		{"first word after common ones", name("", "The Acme CA"), name("", "Acme Root"), true},
		{"no names", name("", ""), name("", ""), false},
	} {
		if got := related(tt.a, tt.b); got != tt.want {
			t.Errorf("%s: got %v want %v", tt.name, got, tt.want)
		}
	}
}
