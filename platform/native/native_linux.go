package native

import (
	"faultline/platform"
	"faultline/platform/linux"
)

var ownRows []platform.Mechanism

func own() platform.Host { return linux.New() }
