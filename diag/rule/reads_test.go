package rule_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is what is declared in the rules and the checks: functions by name,
// and variables by name, those of package check with its name before theirs.
type source struct {
	funcs map[string]*ast.FuncDecl
	vars  map[string]ast.Expr
	reads map[string]map[string]bool // of each function, found once
}

func parse(t *testing.T) *source {
	t.Helper()
	s := &source{map[string]*ast.FuncDecl{}, map[string]ast.Expr{}, map[string]map[string]bool{}}
	for dir, prefix := range map[string]string{".": "", "../check": "check."} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			s.declared(f, prefix)
		}
	}
	return s
}

func (s *source) declared(f *ast.File, prefix string) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.funcs[prefix+d.Name.Name] = d
		case *ast.GenDecl:
			for _, v := range d.Specs {
				if v, ok := v.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
					for i, n := range v.Names {
						s.vars[prefix+n.Name] = v.Values[i]
					}
				}
			}
		}
	}
}

// name is how an expression names something of either package; "" for others.
func name(e ast.Expr, prefix string) string {
	switch e := e.(type) {
	case *ast.Ident:
		return prefix + e.Name
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); ok && x.Name == "check" {
			return "check." + e.Sel.Name
		}
	}
	return ""
}

// read gathers the checks that a piece of code looks at, itself or through the
// functions that it names.
func (s *source) read(n ast.Node, prefix string, into map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if ok && len(n.Args) == 1 && slices.Contains([]string{"Of", "Later", "Need"}, sel.Sel.Name) && s.isCheck(name(sel.X, prefix)) {
				into[name(sel.X, prefix)] = true
			}
			if ok && sel.Sel.Name == "Infer" {
				s.read(s.vars[name(sel.X, prefix)], prefix, into)
			}
		case *ast.KeyValueExpr:
			s.read(n.Value, prefix, into)
			return false
		case *ast.SelectorExpr:
			s.named(n, prefix, into)
			s.read(n.X, prefix, into)
			return false
		case *ast.Ident:
			if n.Obj == nil || n.Obj.Kind == ast.Fun { // else it is a variable
				s.named(n, prefix, into)
			}
		}
		return true
	})
}

func (s *source) named(e ast.Expr, prefix string, into map[string]bool) {
	if f := s.funcs[name(e, prefix)]; f != nil && f.Recv == nil {
		maps.Copy(into, s.of(name(e, prefix), f))
	}
}

func (s *source) of(full string, f *ast.FuncDecl) map[string]bool {
	if known, ok := s.reads[full]; ok {
		return known
	}
	prefix := ""
	if strings.HasPrefix(full, "check.") {
		prefix = "check."
	}
	s.reads[full] = map[string]bool{}
	if f.Body != nil {
		s.read(f.Body, prefix, s.reads[full])
	}
	return s.reads[full]
}

func (s *source) isCheck(n string) bool {
	call, ok := s.vars[n].(*ast.CallExpr)
	return ok && strings.HasPrefix(n, "check.") && name(call.Fun, "check.") == "check.add"
}

// lists gathers the checks that an expression lists, through the variables and
// the rules that it names.
func (s *source) lists(n ast.Node, into map[string]bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if sel, ok := e.(*ast.SelectorExpr); ok && sel.Sel.Name == "Reads" {
			s.lists(field(s.vars[name(sel.X, "")], "Reads"), into)
			return false
		}
		switch full := name(e, ""); {
		case s.isCheck(full):
			into[full] = true
			return false
		case s.vars[full] != nil:
			s.lists(s.vars[full], into)
		}
		return true
	})
}

// field is what a composite literal gives a field.
func field(e ast.Expr, key string) ast.Expr {
	if lit, ok := e.(*ast.CompositeLit); ok {
		for _, elt := range lit.Elts {
			if kv, ok := elt.(*ast.KeyValueExpr); ok && name(kv.Key, "") == key {
				return kv.Value
			}
		}
	}
	return &ast.BadExpr{}
}

// TestRulesReadWhatTheyDeclare: reading anything else is a bug that would show
// only on the way that leads there.
func TestRulesReadWhatTheyDeclare(t *testing.T) {
	s, seen := parse(t), 0
	for _, rule := range slices.Sorted(maps.Keys(s.vars)) {
		infer := field(s.vars[rule], "Infer")
		if _, bad := infer.(*ast.BadExpr); bad {
			continue
		}
		seen++
		declared, read := map[string]bool{}, map[string]bool{}
		s.lists(field(s.vars[rule], "Reads"), declared)
		s.read(infer, "", read)
		for _, c := range slices.Sorted(maps.Keys(read)) {
			if !declared[c] {
				t.Errorf("rule %s reads %s and does not declare it", rule, c)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d rules were found", seen)
	}
}

func TestChecksReadWhatTheyDeclare(t *testing.T) {
	s, seen := parse(t), 0
	for _, check := range slices.Sorted(maps.Keys(s.vars)) {
		if !s.isCheck(check) {
			continue
		}
		seen++
		spec := s.vars[check].(*ast.CallExpr).Args[0]
		declared, read := map[string]bool{check: true}, map[string]bool{}
		for _, key := range []string{"After", "First", "Reads"} {
			s.lists(qualified(field(spec, key)), declared)
		}
		s.read(field(spec, "Judge"), "check.", read)
		before, probed := map[string]bool{}, map[string]bool{}
		for _, key := range []string{"After", "First"} {
			s.lists(qualified(field(spec, key)), before)
		}
		s.read(field(spec, "Probe"), "check.", probed)
		for _, c := range slices.Sorted(maps.Keys(probed)) {
			if !before[c] {
				t.Errorf("%s's probe reads %s and does not come after it", check, c)
			}
		}
		for _, c := range slices.Sorted(maps.Keys(read)) {
			if !declared[c] {
				t.Errorf("%s's judge reads %s and does not declare it", check, c)
			}
		}
	}
	if seen < 18 {
		t.Errorf("only %d checks were found", seen)
	}
}

// qualified names what package check names as the rules do.
func qualified(e ast.Expr) ast.Expr {
	if lit, ok := e.(*ast.CompositeLit); ok {
		out := &ast.CompositeLit{}
		for _, elt := range lit.Elts {
			if id, ok := elt.(*ast.Ident); ok {
				elt = &ast.SelectorExpr{X: ast.NewIdent("check"), Sel: id}
			}
			out.Elts = append(out.Elts, elt)
		}
		return out
	}
	return e
}
