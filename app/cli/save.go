package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
	if errors.Is(err, fs.ErrExist) {
		return errors.New(p.words.Say("cli.error.exists", diag.Args{"file": c.Save}))
	}
	if err != nil {
		return fmt.Errorf("saving the bundle: %w", err)
	}
	return nil
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
		return fmt.Errorf("%s is no ordinary file, and is left as it is", path)
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
