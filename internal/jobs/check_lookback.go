package jobs

import (
	"fmt"
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/speckle/query"
)

// mark is one place where a job's reading depends on last_success.
type mark struct {
	place shape.At
	why   string // the records that it brings can't be known again; "" they can
	hint  string
	quiet bool // it may well be a label, and nothing that chooses
}

// lookback decides how far last_success lies before the last good run. Records that are read
// twice because of that are known by their ids; where they have none, it is 0.
func (l *loader) lookback(j *shape.Job, out *Job) {
	span, own := j.Lookback.Value, j.Lookback.Given() && j.At.Node.Has("lookback")
	if span == 0 || out.Query == nil || out.ForEach != nil && out.ForEach.Query == nil {
		return
	}
	marks := marksOf(j, out)
	if len(marks) == 0 && own {
		l.Warning(j.Lookback.At,
			document.Problem{Message: "nothing that decides what this job reads uses last_success, so lookback has no effect",
				Hint: "remove the key"})
	}
	lost := false
	for _, m := range marks {
		lost = lost || m.why != ""
		if m.why != "" && (own || !m.quiet) {
			l.Warning(m.place, document.Problem{Message: "here last_success is the last good run itself, without lookback: " + m.why +
				"; a record that appears late, with an earlier time, is left out",
				Hint: m.hint + "; or accept it with lookback: 0"})
		}
	}
	if len(marks) > 0 && !lost {
		out.Lookback = span
	}
}

// marksOf finds the places where last_success decides which records are read.
func marksOf(j *shape.Job, out *Job) []mark {
	marks := marksIn(out.Query, j.Until.At, out.Until, j.Variables.At, out.Variables)
	if uses(out.Select) {
		m := known(out.Query, j.Select.At)
		m.quiet = out.Query.Paging == nil
		marks = append(marks, m)
	}
	f, each := j.ForEach.Value, out.ForEach
	if each == nil {
		return marks
	}
	marks = append(marks, marksIn(each.Query, f.Until.At, each.Until, f.Variables.At, each.Variables)...)
	if uses(each.Select) {
		marks = append(marks, mark{place: f.Select.At, why: "for_each.select makes items of it",
			hint: "use until, or {last_success} in variables"})
	}
	return marks
}

func marksIn(q *query.Query, untilAt shape.At, until *jq.Program, variablesAt shape.At, variables []Variable) []mark {
	var marks []mark
	if uses(until) {
		marks = append(marks, known(q, untilAt))
	}
	for _, v := range variables {
		if !v.Value.uses(lastSuccess) {
			continue
		}
		m := known(q, variablesAt)
		if m.why == "" && !slices.Contains(q.Paging.Narrows, v.Name) {
			m.why, m.hint = fmt.Sprintf("$%s decides about more than which %s come", v.Name, listName(q)), "pass it to the paged list alone"
		}
		marks = append(marks, m)
	}
	return marks
}

// known says whether a query's records can be known by their id.
func known(q *query.Query, place shape.At) mark {
	m := mark{place: place}
	switch {
	case q.Paging == nil:
		m.why, m.hint = "the query isn't paged, and its one record has no id to be recognised by", "page the list, and select id in its items"
	case q.Paging.IDKey == "":
		m.why, m.hint = "the records of "+listName(q)+" have no id to be recognised by", "select id inside "+q.Paging.Items
		if !q.Paging.HasID() {
			m.hint = "the server gives them none"
		}
	}
	return m
}

func listName(q *query.Query) string { return q.Paging.Path[len(q.Paging.Path)-1] }

// ReadsSince reports whether last_success decides which records the job's query gives.
func (j *Job) ReadsSince() bool { return uses(j.Until) || anyUses(j.Variables) }

// VariableByMark reports whether the job's value of a variable holds last_success.
func (j *Job) VariableByMark(name string) bool {
	return slices.ContainsFunc(j.Variables, func(v Variable) bool { return v.Name == name && v.Value.uses(lastSuccess) })
}

// ReadsSince reports it for the items.
func (f *ForEach) ReadsSince() bool { return uses(f.Until) || anyUses(f.Variables) }

// GivesSome reports whether an item that is missing may still be there: the list ends early,
// or is meant to have only what is new.
func (f *ForEach) GivesSome() bool {
	return f.Until != nil || f.ReadsSince() || f.Select != nil && f.Select.GoesByTime()
}
