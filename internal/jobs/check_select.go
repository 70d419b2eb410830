package jobs

import (
	"fmt"
	"strings"

	"speckle-runner/internal/jobs/jq"
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
		hint := didYouMean(look.Path[reach.Steps], reach.Keys)
		if hint == "" {
			hint = "select it in the query; it has " + strings.Join(reach.Keys, ", ") + " there"
		}
		line, col := program.Place(look)
		l.inside(given.at, line, col, Problem{Warning: true, Message: fmt.Sprintf("select looks at %s, which the query doesn't select: it is null in every record", written), Hint: hint})
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
