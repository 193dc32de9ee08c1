package app

import (
	"errors"
	"io/fs"
	"syscall"

	"faultline/app/text"
)

// fileErrors are the errors of files that there are words for.
var fileErrors = []struct {
	is  error
	key string
}{
	{fs.ErrNotExist, "missing"}, {fs.ErrPermission, "denied"}, {syscall.ENOSPC, "full"}, {syscall.EROFS, "readonly"}, {syscall.EISDIR, "folder"},
}

// FileError says why a file could not be read or written, without its name: in the
// user's language, or in the system's or the reader's own words where there are no
// better ones.
func FileError(err error, w *text.Words) string {
	for _, known := range fileErrors {
		if errors.Is(err, known.is) {
			return w.Say("cli.why."+known.key, nil)
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return w.Why(err)
}
