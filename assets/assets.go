// Package assets holds what is built into the program: the languages beside
// English and the schemas of what it writes. It only hands bytes out; it never
// interprets them.
package assets

import (
	"embed"
	"io/fs"
)

//go:embed lang/*.json schema/*.json
var files embed.FS

// Lang returns the messages of a language: JSON objects, one for each of its
// files lang/<tag>.json and lang/<tag>.<part>.json.
func Lang(tag string) [][]byte {
	names, err := fs.Glob(files, "lang/"+tag+"*.json")
	if err != nil {
		return nil
	}
	var all [][]byte
	for _, name := range names {
		if b, ok := read(name); ok {
			all = append(all, b)
		}
	}
	return all
}

// Schema returns a JSON schema by its name, and whether there is one.
func Schema(name string) ([]byte, bool) { return read("schema/" + name + ".schema.json") }

func read(path string) ([]byte, bool) {
	b, err := files.ReadFile(path)
	return b, err == nil
}
