package drift

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// A function that runs tenants' code starts its own program again for it: its main
// must begin with code.MaybeRunWorker, or it dies when it starts, on Lambda alone.
func TestProgramsThatRunCodeMayBeWorkers(t *testing.T) {
	uses := mentions(t, filepath.Join("..", "app", "*.go"))
	var pools func(name string, seen map[string]bool) bool
	pools = func(name string, seen map[string]bool) bool {
		if name == "code.NewPool" {
			return true
		}
		if seen[name] {
			return false
		}
		seen[name] = true
		for other := range uses[name] {
			if pools(other, seen) {
				return true
			}
		}
		return false
	}
	var found []string
	for _, f := range stack(t).Functions {
		main := mentions(t, filepath.Join("..", "..", f.CodeURI, "main.go"))["main"]
		for name := range uses {
			if main["app."+name] && pools(name, map[string]bool{}) {
				found = append(found, folder(f))
				if first := firstCall(t, filepath.Join("..", "..", f.CodeURI, "main.go")); first != "code.MaybeRunWorker" {
					t.Errorf("%s runs code: its main must begin with code.MaybeRunWorker(), not with %s", folder(f), first)
				}
			}
		}
	}
	if len(found) < 2 {
		t.Errorf("only %v are seen to run code; node-ai and node-code do", found)
	}
}

// mentions are the names (x, or package.x) in the body of each function of the files.
func mentions(t *testing.T, pattern string) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	for _, f := range parsed(t, pattern) {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			names := map[string]bool{}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if of, ok := n.X.(*ast.Ident); ok {
						names[of.Name+"."+n.Sel.Name] = true
					}
				case *ast.Ident:
					names[n.Name] = true
				}
				return true
			})
			out[fn.Name.Name] = names
		}
	}
	return out
}

// firstCall is what the program's main calls first.
func firstCall(t *testing.T, file string) string {
	t.Helper()
	for _, d := range parsed(t, file)[0].Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "main" || len(fn.Body.List) == 0 {
			continue
		}
		if s, ok := fn.Body.List[0].(*ast.ExprStmt); ok {
			if call, ok := s.X.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					return sel.X.(*ast.Ident).Name + "." + sel.Sel.Name
				}
			}
		}
	}
	return ""
}

// parsed are the files of a pattern.
func parsed(t *testing.T, pattern string) (out []*ast.File) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %v %v", pattern, paths, err)
	}
	for _, path := range paths {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}
