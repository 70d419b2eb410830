package internal_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Within a room, too, one file knows another and isn't known by it: whoever opens a
// file reads down from it, and never in a circle.
func TestFilesOfARoomPointOneWay(t *testing.T) {
	t.Parallel()
	rooms, arrows := 0, 0
	for _, pkg := range packages(t) {
		if len(pkg.GoFiles) == 0 {
			continue
		}
		uses := filesUsed(t, pkg)
		rooms++
		for _, used := range uses {
			arrows += len(used)
		}
		for _, circle := range circles(uses) {
			t.Errorf("%s: files that know each other in a circle: %s%s", pkg.ImportPath, strings.Join(circle, " "), within(circle, uses))
		}
	}
	if rooms < 50 || arrows < 500 {
		t.Errorf("%d arrows between files of %d rooms: were they read?", arrows, rooms)
	}
}

// known is by file which files it uses, and which names of each.
type known map[string]map[string]map[string]bool

// filesUsed type-checks a room by itself: what it has of other rooms is unknown, and
// no file's own.
func filesUsed(t *testing.T, pkg listed) known {
	t.Helper()
	fset := token.NewFileSet()
	files := make([]*ast.File, 0, len(pkg.GoFiles))
	for _, name := range pkg.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(pkg.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
	check := types.Config{Importer: nobody{}, Error: func(error) {}}
	own, _ := check.Check(pkg.ImportPath, fset, files, info) // complains of what it imports
	uses := make(known)
	for name, object := range info.Uses {
		if object.Pkg() != own || !declaredInAFile(object, own) {
			continue
		}
		from, to := filepath.Base(fset.Position(name.Pos()).Filename), filepath.Base(fset.Position(object.Pos()).Filename)
		if from == to {
			continue
		}
		if uses[from] == nil {
			uses[from] = make(map[string]map[string]bool)
		}
		if uses[from][to] == nil {
			uses[from][to] = make(map[string]bool)
		}
		uses[from][to][object.Name()] = true
	}
	return uses
}

// declaredInAFile is true of what stands at the outermost level and of methods; a
// field is reached by way of its type, which counts already.
func declaredInAFile(object types.Object, own *types.Package) bool {
	_, function := object.(*types.Func)
	return function || object.Parent() == own.Scope()
}

type nobody struct{}

func (nobody) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

// circles are the sets of files of which each reaches each (Tarjan's strongly
// connected components), without the sets of one.
func circles(uses known) [][]string {
	var (
		found [][]string
		open  []string
		seen  = make(map[string]int) // in which order
		low   = make(map[string]int) // the earliest open one that it reaches
		visit func(file string)
	)
	visit = func(file string) {
		seen[file] = len(seen) + 1
		low[file] = seen[file]
		open = append(open, file)
		for _, next := range slices.Sorted(maps.Keys(uses[file])) {
			switch {
			case seen[next] == 0:
				visit(next)
				low[file] = min(low[file], low[next])
			case slices.Contains(open, next):
				low[file] = min(low[file], seen[next])
			}
		}
		if low[file] != seen[file] {
			return
		}
		at := slices.Index(open, file)
		circle := slices.Sorted(slices.Values(open[at:]))
		open = open[:at]
		if len(circle) > 1 {
			found = append(found, circle)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(uses)) {
		if seen[file] == 0 {
			visit(file)
		}
	}
	return found
}

// within tells what ties a circle, an arrow a line.
func within(circle []string, uses known) string {
	var lines strings.Builder
	for _, from := range circle {
		for _, to := range circle {
			if names := uses[from][to]; len(names) > 0 {
				fmt.Fprintf(&lines, "\n  %s -> %s: %s", from, to, strings.Join(slices.Sorted(maps.Keys(names)), ", "))
			}
		}
	}
	return lines.String()
}
