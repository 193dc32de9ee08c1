package platformtest

import (
	"testing"

	"faultline/platform"
)

// TestUnsupported: a host that serves nothing keeps the contract.
func TestUnsupported(t *testing.T) { Run(t, platform.Unsupported()) }
