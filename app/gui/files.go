//go:build cgo || !darwin

package gui

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// writeNew writes files of one name and several endings, which only their owner
// can read, under a name that is free. It returns the first of them.
func writeNew(folder, name string, contents map[string][]byte) (string, error) {
	for n := 1; n < 100; n++ {
		path := filepath.Join(folder, name)
		if n > 1 {
			path += "-" + strconv.Itoa(n)
		}
		first, err := writeAll(path, contents)
		switch {
		case errors.Is(err, os.ErrExist):
			continue
		case err != nil:
			return "", fmt.Errorf("saving: %w", err)
		}
		return first, nil
	}
	return "", fmt.Errorf("saving: no name is free in %s", folder)
}

// writeAll writes all of the files or none.
func writeAll(path string, contents map[string][]byte) (first string, err error) {
	var done []string
	for _, ending := range slices.Sorted(maps.Keys(contents)) {
		if err = writeOne(path+ending, contents[ending]); err != nil {
			for _, file := range done {
				_ = os.Remove(file)
			}
			return "", err
		}
		done = append(done, path+ending)
	}
	return done[0], nil
}

// writeOne writes a file that was not there before.
func writeOne(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
