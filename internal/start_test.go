package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestPatternsWait: no variable of a package compiles an expression while the
// process starts, also one that only prints its version; and those that wait
// can be compiled.
func TestPatternsWait(t *testing.T) {
	t.Parallel()
	found := 0
	for _, file := range sources(t) {
		if strings.HasPrefix(file.name, "output/outputtest/") { // in no process of ours
			continue
		}
		for _, expression := range waiting(file.syntax) {
			found++
			if text, err := constant(expression); err != nil {
				t.Errorf("%s: %v", file.places.Position(expression.Pos()), err)
			} else if _, err := regexp.Compile(text); err != nil {
				t.Errorf("%s: %v", file.places.Position(expression.Pos()), err)
			}
		}
		for _, call := range early(file.syntax) {
			t.Errorf("%s: every process compiles this when it starts: pattern.New waits until it is needed", file.places.Position(call.Pos()))
		}
	}
	if found < 40 {
		t.Errorf("%d patterns were found: the test looks past them", found)
	}
}

// source is a file of ours that isn't a test.
type source struct {
	name   string
	places *token.FileSet
	syntax *ast.File
}

func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, root := range []string{".", "../cmd"} {
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			places := token.NewFileSet()
			syntax, err := parser.ParseFile(places, path, nil, 0)
			all = append(all, source{filepath.ToSlash(path), places, syntax})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// early gives the calls that compile an expression in a package's variables,
// outside of functions.
func early(file *ast.File) []ast.Node {
	var calls []ast.Node
	for _, declaration := range file.Decls {
		variables, is := declaration.(*ast.GenDecl)
		if !is || variables.Tok != token.VAR {
			continue
		}
		ast.Inspect(variables, func(n ast.Node) bool {
			if _, function := n.(*ast.FuncLit); function {
				return false
			}
			if call, is := n.(*ast.CallExpr); is && (isCall(call, "regexp", "MustCompile") || isCall(call, "regexp", "Compile")) {
				calls = append(calls, call)
			}
			return true
		})
	}
	return calls
}

// waiting gives the expressions that pattern.New gets.
func waiting(file *ast.File) []ast.Expr {
	var expressions []ast.Expr
	ast.Inspect(file, func(n ast.Node) bool {
		if call, is := n.(*ast.CallExpr); is && isCall(call, "pattern", "New") {
			expressions = append(expressions, call.Args[0])
		}
		return true
	})
	return expressions
}

func isCall(call *ast.CallExpr, room, name string) bool {
	selected, is := call.Fun.(*ast.SelectorExpr)
	if !is || selected.Sel.Name != name {
		return false
	}
	of, is := selected.X.(*ast.Ident)
	return is && of.Name == room
}

// constant gives a text that is written out, in one piece or in several.
func constant(expression ast.Expr) (string, error) {
	if sum, is := expression.(*ast.BinaryExpr); is {
		left, err := constant(sum.X)
		if err != nil {
			return "", err
		}
		right, err := constant(sum.Y)
		return left + right, err
	}
	literal, is := expression.(*ast.BasicLit)
	if !is {
		return "", strconv.ErrSyntax
	}
	return strconv.Unquote(literal.Value)
}
