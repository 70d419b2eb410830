package query

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
)

// asked gives the value of a collection's limit, -1 for none.
func (q *Query) asked(c *Collection, variables map[string]jsontext.Value) int64 {
	return q.limitFrom(c.limit, variables)
}

// PageLimit gives the limit of a page of the paged collection: the query's, else
// the server's own. 0 is none, and one that the server doesn't keep to.
func (q *Query) PageLimit(variables map[string]jsontext.Value) int {
	p := q.Paging
	facts := paging()[p.Field]
	if strings.Contains(facts.OverMax, "ignored") || strings.Contains(facts.OverMax, "not applied") {
		return 0
	}
	limit := q.limitFrom(q.root.at(p.Path...).limit, variables)
	if limit < 0 || limit > 1<<30 {
		return facts.Default
	}
	return int(limit)
}

// limitFrom reads a limit, -1 when there is none.
func (q *Query) limitFrom(given *ast.Value, variables map[string]jsontext.Value) int64 {
	if given == nil {
		return -1
	}
	text := given.Raw
	if given.Kind == ast.Variable {
		value, sent := variables[given.Raw]
		text = string(value)
		if !sent {
			text = q.ByDefault(given.Raw)
		}
	}
	limit, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || limit < 0 {
		return -1
	}
	return limit
}

// ByDefault is the value that the operation gives a variable, as it is written;
// "" for none.
func (q *Query) ByDefault(variable string) string {
	if d := q.operation.VariableDefinitions.ForName(variable); d != nil && d.DefaultValue != nil {
		return d.DefaultValue.Raw
	}
	return ""
}
