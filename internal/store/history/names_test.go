package history_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"speckle-runner/internal/store/history"
)

// A state that is in no list is one that the API's document doesn't know.
func TestListsHaveEveryName(t *testing.T) {
	for kind, c := range map[string]struct {
		file   string
		listed []string
		hidden string
	}{
		"State":         {"run.go", texts(history.States()), ""},
		"Trigger":       {"run.go", texts(history.Triggers()), ""},
		"DeliveryState": {"delivery.go", texts(history.DeliveryStates()), string(history.DeliverySending)},
	} {
		named := slices.DeleteFunc(constants(t, c.file, kind), func(name string) bool { return name == c.hidden })
		slices.Sort(named)
		slices.Sort(c.listed)
		if len(named) == 0 || !slices.Equal(named, c.listed) {
			t.Errorf("%s: the list has %v, the constants are %v", kind, c.listed, named)
		}
	}
}

func texts[T ~string](all []T) []string {
	var names []string
	for _, one := range all {
		names = append(names, string(one))
	}
	return names
}

// constants gives the values of a type's constants in a file.
func constants(t *testing.T, file, kind string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if of, is := spec.Type.(*ast.Ident); is && of.Name == kind {
			for _, value := range spec.Values {
				text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, text)
			}
		}
		return true
	})
	return values
}
