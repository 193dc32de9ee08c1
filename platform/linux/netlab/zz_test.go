//go:build linux

package netlab

import (
	"fmt"
	"strings"
	"testing"
)

func TestZZ(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			w := New(t, 1000+seed, Options{Family: Family(seed % 4)})
			w.Clutter(seed)
			w.Serve(Service{TLS: &TLS{}, Text: "here"})
			if got := fetchFrom(t, w, Nobody, w.URL("https")); !strings.Contains(got, "status=200 body=here") {
				t.Errorf("%s", got)
			}
		})
	}
}
