package jobs

import (
	"cmp"
	"fmt"
	"slices"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
)

// until compiles the condition that ends the reading of a list, and refuses
// one that would leave records out by mistake: null, which a field that isn't
// there gives, is less than any time.
func (l *loader) until(given shape.Text, q *query.Query, each bool) *jq.Program {
	program := l.program(given)
	if program == nil {
		return nil
	}
	if program.Uses("data") {
		l.Problem(given.At, document.Problem{Message: "$data is known when a page has been read, and until decides while it is",
			Hint: "look at the record: until: .createdAt < $last_success"})
	}
	if program.Uses("each") && !each {
		l.Problem(given.At, document.Problem{Message: "$each can't be used here: until looks at a record",
			Hint: "until can use $each only in a job with for_each"})
	}
	l.noVersion(given, program)
	switch {
	case q == nil:
	case q.Paging == nil:
		l.Problem(given.At, document.Problem{Message: "until ends the reading of pages, and this query isn't paged",
			Hint: "pass a variable to the list's cursor, as in: versions(limit: $limit, cursor: $cursor); or remove until"})
	default:
		l.untilReads(given.At, program, q)
	}
	return program
}

// untilReads holds the fields that the condition looks at against those that
// the query selects, and against how the list comes.
func (l *loader) untilReads(place shape.At, program *jq.Program, q *query.Query) {
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
			l.Problem(place, document.Problem{Message: fmt.Sprintf("until looks at %s, which the query doesn't select of %s", said.Quoted(written),
				list),
				Hint: hint})
		}
		inOrder = inOrder || slices.Equal(path, []string{q.Paging.TimeKey})
	}
	switch order := q.Paging.Order; {
	case unknown:
	case order == "":
		l.Warning(place, document.Problem{Message: "the list " + list +
			" isn't known to come newest first: everything after the first record for which until is true is left out",
			Hint: "read all of it, and choose with select, unless you know the order"})
	case !inOrder:
		l.Warning(place, document.Problem{
			Message: fmt.Sprintf("the list %s is ordered by %s, newest first, and until doesn't look at that: it may stop too early", list, order),
			Hint:    fmt.Sprintf("write until: .%s < $last_success", cmp.Or(q.Paging.TimeKey, order))})
	}
}

// incremental tells what doesn't go together with reading only what is new.
func (l *loader) incremental(j *shape.Job, out *Job) {
	if out.Until != nil {
		if j.ShrinkLimit.Given() && j.At.Node.Has("shrink_limit") {
			l.Problem(j.ShrinkLimit.At,
				document.Problem{Message: "shrink_limit compares a run with the last one, and with until each run has only what is new",
					Hint: "remove one of them"})
		}
		out.ShrinkLimit = 0 // of defaults
	}
	lost := func(place shape.At, what, key string) {
		l.Warning(place,
			document.Problem{Message: what + ": the run succeeds, and the next run asks only for what is newer",
				Hint: key + ": fail asks again; or ask for more than is new, without last_success"})
	}
	whole := out.sinceLastSuccess() // a list that until ends early isn't counted
	if !whole && !out.untilLastSuccess() {
		return
	}
	if f := j.ForEach.Value; f != nil && out.ForEach.OnError == choices.ErrorSkip {
		lost(f.OnError.At, "the new records of a skipped item are lost", "on_error")
	}
	if out.Elements != nil {
		return // they are read whole, or the run fails
	}
	if out.OnPartial == choices.PartialKeep {
		lost(j.OnPartial.At, "new records that an answer with errors lacks are lost", "on_partial")
	}
	if whole && out.Complete != choices.CompleteFail {
		lost(j.Complete.At, "new records that a short list lacks are lost", "complete")
	}
}

// sinceLastSuccess reports whether the job asks for, or chooses, only what is newer than
// its last good run.
func (j *Job) sinceLastSuccess() bool {
	each := j.ForEach
	return uses(j.Select) || anyUses(j.Variables) || each != nil && (uses(each.Select) || anyUses(each.Variables))
}

// untilLastSuccess reports whether the job reads up to what its last good run had.
func (j *Job) untilLastSuccess() bool {
	return uses(j.Until) || j.ForEach != nil && uses(j.ForEach.Until)
}
