package fake

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// bulkPlan is a query for children of the shape that people read objects by,
// which needs no executor: text around ready-made records. What isn't of this
// shape has no plan and goes the slow way, to the same answer.
type bulkPlan struct {
	operation                *ast.OperationDefinition
	project, object, records *ast.Field // records is the field children
	once                     sync.Once
	template                 []byte
	starts                   []int    // where each slot begins; one more for the end
	ids                      [][2]int // where each slot's ids count; -1: not asked for
	pool                     sync.Pool
}

// planBulk recognises project{object{children{totalCount cursor objects{id data}}}},
// with some scalars of project and object beside.
func planBulk(op *ast.OperationDefinition) *bulkPlan {
	p := &bulkPlan{operation: op}
	if op.Operation != ast.Query {
		return nil
	}
	var ok bool
	if p.project, ok = only(op.SelectionSet, "project"); !ok {
		return nil
	}
	if p.object, ok = only(p.project.SelectionSet, "object", "id", "name"); !ok {
		return nil
	}
	if p.records, ok = only(p.object.SelectionSet, "children", "id", "totalChildrenCount"); !ok {
		return nil
	}
	for _, arg := range p.records.Arguments {
		if arg.Name != "limit" && arg.Name != "cursor" && arg.Name != "depth" {
			return nil
		}
	}
	list, ok := only(p.records.SelectionSet, "objects", "totalCount", "cursor")
	if !ok {
		return nil
	}
	for _, selection := range list.SelectionSet {
		if f, ok := selection.(*ast.Field); !ok || f.Name != "id" && f.Name != "data" || len(f.Directives) > 0 {
			return nil
		}
	}
	return p
}

// only gives the one field of this name, when beside it stand none but those
// that are allowed.
func only(set ast.SelectionSet, name string, beside ...string) (*ast.Field, bool) {
	var found *ast.Field
	seen := map[string]bool{}
	for _, selection := range set {
		f, ok := selection.(*ast.Field)
		if !ok || len(f.Directives) > 0 || seen[f.Alias] {
			return nil, false
		}
		seen[f.Alias] = true
		if f.Name == name {
			if found != nil {
				return nil, false
			}
			found = f
			continue
		}
		allowed := false
		for _, other := range beside {
			allowed = allowed || f.Name == other
		}
		if !allowed {
			return nil, false
		}
	}
	return found, found != nil
}
