package windows

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestPointersStay: a function of this package that is given a pointer as a
// number must say so to the compiler (go:uintptrescapes), else what it points to
// may lie on a stack that moves before the system has written to it. Those of
// syscall and of x/sys say so themselves.
func TestPointersStay(t *testing.T) {
	files := token.NewFileSet()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	said, own := map[string]bool{}, map[string]bool{}
	each := func(visit func(ast.Node) bool) {
		for _, f := range parsed {
			ast.Inspect(f, visit)
		}
	}
	each(func(n ast.Node) bool {
		if f, is := n.(*ast.FuncDecl); is {
			own[f.Name.Name] = true
			said[f.Name.Name] = f.Doc != nil && strings.Contains(f.Doc.List[len(f.Doc.List)-1].Text, "go:uintptrescapes")
		}
		return true
	})
	each(func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		if name := nameOfCall(call); own[name] && !said[name] && givesPointer(call) {
			t.Errorf("%s: %s is given a pointer as a number, and does not keep it in place", files.Position(call.Pos()), name)
		}
		return true
	})
	if !said["called"] || !said["call"] {
		t.Error("got none that keeps pointers in place want called and call: what is looked for has changed")
	}
}

func nameOfCall(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// givesPointer looks for uintptr(unsafe.Pointer(x)) among the arguments, as they
// are: in a number that is only compared it does no harm.
func givesPointer(c *ast.CallExpr) bool {
	for _, arg := range c.Args {
		number, is := arg.(*ast.CallExpr)
		if !is || nameOfCall(number) != "uintptr" || len(number.Args) != 1 {
			continue
		}
		if pointer, is := number.Args[0].(*ast.CallExpr); is && nameOfCall(pointer) == "Pointer" {
			return true
		}
	}
	return false
}
