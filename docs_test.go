package main

import (
	"go/ast"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestPackageDocsExistOnce(t *testing.T) {
	docs := map[string][]string{}
	for _, s := range sources(t) {
		dir := filepath.Dir(s.path)
		docs[dir] = append(docs[dir], []string{}...)
		if s.file.Doc != nil {
			docs[dir] = append(docs[dir], s.path)
		}
	}
	for dir, in := range docs {
		if len(in) != 1 {
			t.Errorf("%s: got package docs in %v, want exactly one", dir, in)
		}
	}
}

// TestDocsNameWhatExists: the map, and the lists of files in package docs, name no
// file or folder that is gone.
func TestDocsNameWhatExists(t *testing.T) {
	all := files(t)
	known := func(name string) bool {
		return slices.ContainsFunc(all, func(path string) bool {
			return path == name || strings.HasSuffix(path, "/"+name) || strings.HasPrefix(path, strings.TrimSuffix(name, "/")+"/")
		})
	}
	named := regexp.MustCompile("`((?:app|assets|diag|docs|platform)/[a-z0-9_./-]+|[a-zA-Z0-9][a-zA-Z0-9_/-]*\\.(?:go|md|mk))`")
	for _, found := range named.FindAllStringSubmatch(read(t, "docs/ARCHITECTURE.md"), -1) {
		if !known(found[1]) {
			t.Errorf("docs/ARCHITECTURE.md: got %s, which is nowhere", found[1])
		}
	}
	inList := regexp.MustCompile(`(?m)^\t([a-z0-9_]+\.go|[a-z0-9_]+/)  `)
	for _, s := range sources(t) {
		for _, found := range inList.FindAllStringSubmatch(s.file.Doc.Text(), -1) {
			if path := filepath.ToSlash(filepath.Join(filepath.Dir(s.path), found[1])); !known(path) {
				t.Errorf("%s: got %s, which is not there", s.path, found[1])
			}
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			for _, name := range undocumented(d) {
				t.Errorf("%s: got no comment on %s, want one", s.path, name)
			}
		}
	}
}

func undocumented(d ast.Decl) []string {
	var names []string
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				if spec.Name.IsExported() && d.Doc == nil && spec.Doc == nil {
					names = append(names, spec.Name.Name)
				}
			case *ast.ValueSpec:
				if spec.Names[0].IsExported() && d.Doc == nil && spec.Doc == nil && spec.Comment == nil {
					names = append(names, spec.Names[0].Name)
				}
			}
		}
	}
	return names
}

// exportedReceiver reports whether a method belongs to an exported type;
// methods of others are documented by the interface that they serve, but for
// those that satisfy one of error, sort and the like.
func exportedReceiver(recv *ast.FieldList) bool {
	typ := recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.Ident:
			return x.IsExported() && x.Name != "Problem" && x.Name != "TargetError"
		default:
			return false
		}
	}
}
