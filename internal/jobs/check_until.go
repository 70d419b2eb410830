package jobs

import (
	"cmp"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
)

// until compiles the condition that ends the reading of a list, and refuses
// one that would leave records out by mistake: null, which a field that isn't
// there gives, is less than any time.
func (l *loader) until(given text, q *query.Query, each bool) *jq.Program {
	program := l.program(given)
	if program == nil {
		return nil
	}
	if program.Uses("data") {
		l.problem(given.at, document.Problem{Message: "$data is known when a page has been read, and until decides while it is",
			Hint: "look at the record: until: .createdAt < $last_success"})
	}
	if program.Uses("each") && !each {
		l.problem(given.at, document.Problem{Message: "there is no $each here: until looks at a record",
			Hint: "$each is there in the until of a job with for_each"})
	}
	l.noVersion(given, program)
	switch {
	case q == nil:
	case q.Paging == nil:
		l.problem(given.at, document.Problem{Message: "until ends the reading of pages, and this query isn't paged",
			Hint: "pass a variable to the list's cursor, as in: versions(limit: $limit, cursor: $cursor); or remove until"})
	default:
		l.untilReads(given.at, program, q)
	}
	return program
}

// untilReads holds the fields that the condition looks at against those that
// the query selects, and against how the list comes.
func (l *loader) untilReads(place at, program *jq.Program, q *query.Query) {
	var known columnSet
	for _, c := range q.Columns() {
		known.add(c.Path, c.Free || c.List)
	}
	list := q.Paging.Path[len(q.Paging.Path)-1]
	inOrder := len(program.Reads()) == 0 // it can't be seen
	unknown := false
	for _, path := range program.Reads() {
		written := record.JoinPath(path)
		if !known.hold(written) {
			hint := spelling.DidYouMean(written, known.names())
			if hint == "" {
				hint = "select it inside " + q.Paging.Items
			}
			unknown = true
			l.problem(place, document.Problem{Message: fmt.Sprintf("until looks at %s, which the query doesn't select of %s", said.Quoted(written), list),
				Hint: hint})
		}
		inOrder = inOrder || slices.Equal(path, []string{q.Paging.TimeKey})
	}
	switch order := q.Paging.Order; {
	case unknown:
	case order == "":
		l.warning(place, document.Problem{Message: "the list " + list +
			" isn't known to come newest first: what stands behind the first record that until is true for is left out",
			Hint: "read all of it, and choose with select, unless you know the order"})
	case !inOrder:
		l.warning(place, document.Problem{Message: fmt.Sprintf("the list %s comes by %s, newest first, and until doesn't look at it: it may end too early",
			list, order),
			Hint: fmt.Sprintf("write until: .%s < $last_success", cmp.Or(q.Paging.TimeKey, order))})
	}
}

// incremental tells what doesn't go together with reading only what is new.
func (l *loader) incremental(j *job, out *Job) {
	if out.Until != nil {
		if j.ShrinkLimit.given() && j.At.node.Has("shrink_limit") {
			l.problem(j.ShrinkLimit.at, document.Problem{Message: "shrink_limit holds a run against the last one, and with until each holds only what is new",
				Hint: "remove one of them"})
		}
		out.ShrinkLimit = 0 // of defaults
	}
	if f := j.ForEach.value; f != nil && out.ForEach.OnError == ErrorSkip && out.sinceLastSuccess() {
		l.warning(f.OnError.at,
			document.Problem{Message: "a skipped item's news is lost: the run succeeds, and the next one asks only for what is newer than it",
				Hint: "on_error: fail asks again; or ask for more than is new, without last_success"})
	}
}

// sinceLastSuccess reports whether the job reads only what is newer than its
// last good run.
func (j *Job) sinceLastSuccess() bool {
	each := j.ForEach
	return uses(j.Until) || uses(j.Select) || uses(each.Until) || uses(each.Select) || anyUses(j.Variables) || anyUses(each.Variables)
}
