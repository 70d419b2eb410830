package query

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Paging says how a query is read page by page. All keys are response keys:
// an alias where there is one.
type Paging struct {
	Field           string   // "Project.models", for facts; "" when the schema doesn't know it
	Path            []string // from data to the collection
	Items           string   // key of its records
	CursorKey       string   // key of its cursor
	TotalKey        string   // key of its totalCount, "" when not selected
	HiddenKey       string   // key of its numberOfHidden, "" when not selected
	IDKey           string   // key of a record's id, "" when not selected
	Order           string   // field by which its records come, newest first; "" when that isn't known
	TimeKey         string   // key of that field in a record, "" when not selected
	Fixed           bool     // its records never change, nor do they come or go
	CursorVar       string
	LimitVar        string // "" when the limit is no variable
	LimitHasDefault bool   // the operation gives LimitVar a value
	// Narrows are the variables that only the paged field takes: what they say
	// decides which records come, and not what is in them.
	Narrows  []string
	MaxLimit int // largest page that the server takes

	line, col int          // of the collection
	fields    []*ast.Field // the paged one, in all its parts
}

// hiddenField is where Speckle says how many records it counts and doesn't
// give, because the token's owner has no valid single sign-on.
const hiddenField = "numberOfHidden"

// Hides reports whether the paged field could say how many records it hides,
// and isn't asked.
func (p *Paging) Hides() bool {
	parent, field, known := strings.Cut(p.Field, ".")
	if !known || p.HiddenKey != "" {
		return false
	}
	collection, _ := fieldType(parent, field)
	_, has := typeFacts(collection)[hiddenField]
	return has
}

// Unlimited reports whether the server is known to have no largest page.
func (p *Paging) Unlimited() bool {
	facts, known := paging()[p.Field]
	return known && facts.Max == 0 && p.Field != "Object.children"
}

// warnings asks for what makes an export checkable, where the list has it.
func (p *Paging) warnings() []Problem {
	if p == nil {
		return nil
	}
	var list []Problem
	name := p.Path[len(p.Path)-1]
	collection, _ := p.types()
	if p.TotalKey == "" && hasField(collection, "totalCount") {
		list = append(list, Problem{p.line, p.col, name + " doesn't select totalCount, so a short export can't be noticed",
			"select totalCount beside cursor"})
	}
	if p.IDKey == "" && p.HasID() {
		list = append(list, Problem{p.line, p.col, "the records of " + name + " don't select id, so doubled and lost ones can't be noticed",
			"select id inside " + p.Items})
	}
	return list
}

// HasID reports whether the records have an id to select, as far as is known.
func (p *Paging) HasID() bool {
	_, record := p.types()
	return hasField(record, "id")
}

// types are those of the paged list and of its records, "" where they aren't
// known.
func (p *Paging) types() (collection, record string) {
	parent, field, _ := strings.Cut(p.Field, ".")
	collection, _ = fieldType(parent, field)
	for _, name := range []string{"items", "objects"} {
		if record == "" {
			record, _ = fieldType(collection, name)
		}
	}
	return collection, record
}
