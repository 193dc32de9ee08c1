package windows

import (
	"errors"
	"testing"

	"faultline/platform"
)

// Wine lacks the class.
func TestProductsAreAsked(t *testing.T) {
	got, err := askProducts()
	var p *platform.Problem
	if err != nil && !errors.As(err, &p) {
		t.Errorf("got %v, %v want names, or a problem", got, err)
	}
	t.Logf("%q, %v", got, err)
}
