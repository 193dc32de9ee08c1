package check

import (
	"context"
	"errors"
	"time"

	"faultline/diag"
	"faultline/diag/catalog"
	"faultline/platform"
)

// FilesRead reads how many file descriptors (handles) are left. Without one no
// socket can be opened, and next to nothing be read.
var FilesRead = add(diag.Spec[platform.FileUse]{
	ID: "files.read", Layer: catalog.Transport, Timeout: time.Second,
	Probe: func(ctx context.Context, e *diag.Env) (platform.FileUse, error) {
		use, err := e.Host.Sockets.Files(ctx, platform.Reading{})
		if errors.Is(err, platform.ErrNoFiles) && use.OwnLimit > 0 {
			use.Own, err = use.OwnLimit, nil // that there is none left is the answer
		}
		return use, err
	},
	Tell: func(f platform.FileUse) (string, diag.Args) {
		return "use", diag.Args{"n": f.Own, "of": f.OwnLimit}
	},
})
