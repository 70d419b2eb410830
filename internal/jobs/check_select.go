package jobs

import (
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/speckle/query"
)

// selectLooks warns of what a select looks at and the query doesn't select:
// there it finds null in every record.
func (l *loader) selectLooks(given text, program *jq.Program, q *query.Query) {
	if program == nil || q == nil {
		return
	}
	told := map[string]bool{}
	for _, look := range program.Looks() {
		if look.Data && q.Paging == nil {
			continue // told elsewhere: there is no page around the record
		}
		reach := q.Reach(look.Data, look.Path)
		if !reach.Missing {
			continue
		}
		look.Path = look.Path[:reach.Steps+1]
		written := Dotted(look)
		if told[written] {
			continue
		}
		told[written] = true
		hint := spelling.DidYouMean(look.Path[reach.Steps], reach.Keys)
		if hint == "" {
			hint = "select it in the query; it has " + strings.Join(reach.Keys, ", ") + " there"
		}
		line, col := program.Place(look)
		l.inside(given.at, line, col,
			document.Problem{Warning: true, Message: fmt.Sprintf("select looks at %s, which the query doesn't select: it is null in every record", written),
				Hint: hint})
	}
}

// elementLooks warns of what a select looks at and no record of an element has.
// What lies below properties one version has, and another hasn't.
func (l *loader) elementLooks(given text, program *jq.Program, e *Elements) {
	if program == nil || e == nil {
		return
	}
	has := e.Fields()
	if e.Nested() {
		has = append(has, "properties")
	}
	told := map[string]bool{}
	for _, look := range program.Looks() {
		if look.Data || len(look.Path) == 0 || look.Path[0] == jq.Each || slices.Contains(has, look.Path[0]) || told[look.Path[0]] {
			continue
		}
		look.Path = look.Path[:1]
		told[look.Path[0]] = true
		hint := spelling.DidYouMean(look.Path[0], has)
		if hint == "" {
			hint = "it has " + strings.Join(has, ", ")
			if e.Nested() {
				hint += "; what else there is lies below properties"
			}
		}
		line, col := program.Place(look)
		l.inside(given.at, line, col, document.Problem{Warning: true, Message: "select looks at " + Dotted(look) +
			", which no record of elements has: it is null in every one", Hint: hint})
	}
}

// Dotted writes a place as jq does.
func Dotted(o jq.Origin) string {
	var b strings.Builder
	if o.Data {
		b.WriteString("$data")
	}
	for _, step := range o.Path {
		switch {
		case step == jq.Each && b.Len() == 0:
			b.WriteString(".[]")
		case step == jq.Each:
			b.WriteString("[]")
		default:
			b.WriteString("." + step)
		}
	}
	return b.String()
}
