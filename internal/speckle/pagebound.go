package speckle

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/vektah/gqlparser/v2/ast"
)

// slack is how many records a page may hold beyond its limit, at least: a list
// that has no clamp may give a few more than it was asked for.
const slack = 1000

// pageBound gives the limit of a page, and the most records that it may hold:
// one that goes on far above its limit may never end. 0 is any number.
func (rd *reading) pageBound(variables map[string]jsontext.Value) (limit, most int) {
	p := rd.Query.Paging
	if p == nil {
		return 0, 0
	}
	facts := paging()[p.Field]
	if strings.Contains(facts.OverMax, "ignored") || strings.Contains(facts.OverMax, "not applied") {
		return 0, 0
	}
	limit = rd.Query.limitFrom(rd.Query.root.at(p.Path...).limit, variables)
	if limit < 0 {
		limit = facts.Default
	}
	if limit <= 0 {
		return 0, 0
	}
	return limit, max(2*limit, limit+slack)
}

// limitFrom reads a limit, -1 when there is none.
func (q *Query) limitFrom(given *ast.Value, variables map[string]jsontext.Value) int {
	if given == nil {
		return -1
	}
	text := given.Raw
	if given.Kind == ast.Variable {
		value, sent := variables[given.Raw]
		text = string(value)
		if d := q.operation.VariableDefinitions.ForName(given.Raw); !sent && d != nil && d.DefaultValue != nil {
			text = d.DefaultValue.Raw
		}
	}
	limit, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || limit > 1<<30 {
		return -1
	}
	return limit
}

// overfull is the error of a page above its bound.
func (p *plan) overfull() *Error {
	at := strings.Join(p.path[1:len(p.path)-1], ".")
	return &Error{Kind: PagingFault, Status: 200, Path: at,
		Message: fmt.Sprintf("%s: a page holds more than %d records, where %d were asked for", at, p.most, p.limit),
		Hint:    "the server doesn't keep to the limit, or the page never ends: it isn't read on"}
}
