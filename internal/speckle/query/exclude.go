package query

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
)

// excluding are the lists that can leave records out by their ids, and the
// member of their filter that takes those: specklesystems/speckle-server
// 51d43b91 (2026-06-15). What has priority is on a list's first page, and left
// out behind any cursor.
var excluding = map[string]string{"Project.models": "excludeIds", "Model.versions": "priorityIds"}

// MaxExcluded is how many bytes of ids are sent at most: some 80,000 of them,
// a tenth of what the least server in front of Speckle lets through.
const MaxExcluded = 1 << 20

// Exclusion is a query that leaves records out by their ids.
type Exclusion struct {
	Query    *Query
	Variable string
	member   string // of the variable's value that takes the ids; "" the value itself does
}

// Exclusion gives the query in a form that leaves records out, nil when its
// list, or what the query says of it already, has no place for that.
func (q *Query) Exclusion() *Exclusion {
	p := q.Paging
	member := excluding[p.Field]
	if member == "" {
		return nil
	}
	filter := p.fields[0].Arguments.ForName("filter")
	switch {
	case filter == nil:
	case filter.Value.Kind == ast.Variable && slices.Contains(p.Narrows, filter.Value.Raw):
		return &Exclusion{q, filter.Value.Raw, member}
	case filter.Value.Kind != ast.ObjectValue:
		return nil
	default:
		if given := filter.Value.Children.ForName(member); given != nil {
			if given.Kind == ast.Variable && slices.Contains(p.Narrows, given.Raw) {
				return &Exclusion{q, given.Raw, ""}
			}
			return nil
		}
	}
	return q.declaring(member)
}

// declaring gives the query with one more variable, which the paged field's
// filter takes as member.
func (q *Query) declaring(member string) *Exclusion {
	name := "alreadyRead"
	for q.operation.VariableDefinitions.ForName(name) != nil {
		name += "_"
	}
	type insert struct {
		at   int // in characters
		text string
	}
	inserts := []insert{{q.operation.VariableDefinitions[0].Position.Start, "$" + name + ": [String!] "}}
	for _, f := range q.Paging.fields {
		if filter := f.Arguments.ForName("filter"); filter != nil {
			inserts = append(inserts, insert{filter.Value.Position.Start + 1, member + ": $" + name + " "})
		} else {
			inserts = append(inserts, insert{f.Arguments[0].Position.Start, "filter: {" + member + ": $" + name + "} "})
		}
	}
	slices.SortFunc(inserts, func(a, b insert) int { return b.at - a.at })
	text := []rune(oneBreak.Replace(q.Text)) // the parser's places are in it
	for _, i := range inserts {
		text = slices.Insert(text, i.at, []rune(i.text)...)
	}
	other := *q
	other.Text = string(text)
	if checked, _ := Parse(other.Text); checked == nil || checked.Paging == nil {
		return nil
	}
	return &Exclusion{&other, name, ""}
}

// With gives the variable's value with ids in it, beside what it has without
// them; nil when that is nothing to put them into.
func (x *Exclusion) With(given jsontext.Value, ids []byte) jsontext.Value {
	if given == nil {
		if d := x.Query.operation.VariableDefinitions.ForName(x.Variable); d != nil && d.DefaultValue != nil {
			plain, _ := d.DefaultValue.Value(nil)
			given, _ = json.Marshal(plain)
		}
	}
	if x.member == "" {
		return joined(given, ids)
	}
	filter := map[string]json.RawMessage{}
	if given != nil && json.Unmarshal(given, &filter) != nil {
		return nil
	}
	if filter == nil { // of a null
		filter = map[string]json.RawMessage{}
	}
	list := joined(jsontext.Value(filter[x.member]), ids)
	if list == nil {
		return nil
	}
	filter[x.member] = json.RawMessage(list)
	whole, _ := json.Marshal(filter) // of parts that were JSON
	return whole
}

// joined adds ids, which are strings with a comma behind each, to a list.
func joined(list jsontext.Value, ids []byte) jsontext.Value {
	inside := ""
	if text := strings.TrimSpace(string(list)); text != "" && text != "null" {
		if text[0] != '[' || text[len(text)-1] != ']' {
			return nil
		}
		inside = strings.TrimSpace(text[1 : len(text)-1])
	}
	ids = bytes.TrimSuffix(ids, []byte(","))
	if inside != "" {
		inside += ","
	}
	return jsontext.Value("[" + inside + string(ids) + "]")
}
