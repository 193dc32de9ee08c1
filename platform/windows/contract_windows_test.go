package windows

import (
	"testing"

	"faultline/platform/platformtest"
)

func TestContract(t *testing.T) { platformtest.Run(t, New()) }
