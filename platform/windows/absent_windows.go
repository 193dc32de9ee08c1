package windows

import (
	"golang.org/x/sys/windows"

	"faultline/platform"
)

// absent is the problem of the first of some functions that this Windows does not
// have; nil where it has all.
func absent(functions ...*windows.LazyProc) error {
	for _, f := range functions {
		if f.Find() != nil {
			return missing(f.Name)
		}
	}
	return nil
}

func missing(what string) error {
	return &platform.Problem{Code: platform.NoMechanism, Text: what + " is not available here"}
}
