package cli

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"faultline/app"
	"faultline/diag"
)

// private are the rights of a bundle: it holds names and addresses.
const private = 0o600

// save writes the bundle of a session to a file.
func (p *program) save(s *app.Session, r app.Report, c common) error {
	var content bytes.Buffer
	summary := plain(r, p.words, style{width: columns, unicode: true}, amount{verbose: true})
	if err := s.Save(&content, r, summary); err != nil {
		return err
	}
	err := create(c.Save, content.Bytes(), c.Force)
	if err == nil {
		return nil
	}
	told := p.unwritten(c.Save, err)
	if kept, lost := keep(content.Bytes()); lost == nil {
		told += " " + p.words.Say("cli.kept", diag.Args{"file": kept})
	}
	return errors.New(told)
}

// keep writes what could not be written where it was wanted among the temporary
// files: a run cannot be had a second time.
func keep(content []byte) (string, error) {
	f, err := os.CreateTemp("", "faultline-*.zip") // with the rights 0600
	if err != nil {
		return "", err
	}
	return f.Name(), fill(f, content)
}

// errSpecial is what has the name of a file and is none: it is never replaced.
var errSpecial = errors.New("no ordinary file")

// unwritten tells why a file could not be written, and what to do.
func (p *program) unwritten(file string, err error) string {
	about, unknown := os.Stat(file)
	key := "write"
	switch {
	case unknown == nil && about.IsDir():
		key = "folder"
	case errors.Is(err, fs.ErrExist):
		key = "exists"
	case errors.Is(err, errSpecial):
		key = "special"
	}
	return p.words.Say("cli.error."+key, diag.Args{"file": file, "why": p.why(err)})
}

// reasons are the errors of files that are told in the user's language.
var reasons = []struct {
	is  error
	key string
}{
	{fs.ErrNotExist, "missing"}, {fs.ErrPermission, "denied"}, {syscall.ENOSPC, "full"}, {syscall.EROFS, "readonly"},
	{syscall.EISDIR, "folder"}, {errSpecial, "special"},
}

// why is an error of a file without the file's name: the system's own words
// where there are no better ones.
func (p *program) why(err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return p.words.Say("cli.why."+r.key, nil)
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return p.words.Why(err)
}

// exists reports whether something has this name.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// create writes a file that only its owner can read. One that is there is
// replaced as a whole or, without force, not at all.
func create(path string, content []byte, force bool) error {
	if force {
		return replace(path, content)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, private)
	if err != nil {
		return err
	}
	return fill(f, content)
}

func replace(path string, content []byte) error {
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return errSpecial
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".faultline-*") // with the rights 0600
	if err != nil {
		return err
	}
	if err := fill(f, content); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// fill writes and closes f; half a file is no file.
func fill(f *os.File, content []byte) error {
	_, err := f.Write(content)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
