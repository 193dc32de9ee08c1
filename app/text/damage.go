package text

import (
	"errors"
	"maps"

	"faultline/diag"
	"faultline/platform"
)

// Why says why a file makes no sense, where that is told as a platform.Damage; any
// other error in its own words.
func (w *Words) Why(err error) string {
	var d *platform.Damage
	if !errors.As(err, &d) {
		return err.Error()
	}
	args := maps.Clone(diag.Args(d.Args))
	for name, value := range args {
		if within, ok := value.(error); ok {
			args[name] = w.Why(within)
		}
	}
	return w.Say("damage."+d.Code, args)
}
