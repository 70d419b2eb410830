package jobs

import (
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
)

// columns warns of columns that no record can have: those that the query
// doesn't select, or that select doesn't make, where that is plain to see.
func (l *loader) columns(j *job, out *Job) {
	known, plain := knownColumns(out)
	if !plain {
		return
	}
	for i, o := range j.Outputs.items {
		if i >= len(out.Outputs) || !out.Outputs[i].Format.Table() {
			continue
		}
		for _, one := range o.Columns.items {
			column := one.where()
			if known.hold(column.value) {
				continue
			}
			hint := spelling.DidYouMean(column.value, known.names())
			if hint == "" {
				hint = "there are " + strings.Join(known.names(), ", ")
			}
			l.problem(column.at, document.Problem{Warning: true, Message: "no record has the column " + said.Quoted(column.value), Hint: hint})
		}
	}
}

// columnSet is what columns a job's records can have; below an open one
// anything may be.
type columnSet []struct {
	path []string
	open bool
}

func (s *columnSet) add(path []string, open bool) {
	*s = append(*s, struct {
		path []string
		open bool
	}{path, open})
}

func knownColumns(out *Job) (known columnSet, plain bool) {
	if out.Summarize != nil {
		for _, by := range out.Summarize.By {
			known.add([]string{by.Name}, false)
		}
		for _, f := range out.Summarize.Figures {
			known.add([]string{f.Name}, false)
			if unit := out.Summarize.UnitOf(f); unit != "" {
				known.add([]string{unit}, false)
			}
		}
		return known, true
	}
	if out.Select != nil && !out.Select.Passes() {
		keys, plain := out.Select.Keys()
		for _, key := range keys {
			known.add([]string{key}, true)
		}
		return known, plain
	}
	if out.Elements != nil {
		return out.Elements.columns(), true
	}
	if out.Query == nil {
		return nil, false
	}
	for _, c := range out.Query.Columns() {
		known.add(c.Path, c.Free)
	}
	return known, true
}

// hold reports whether a written column is one of these, is below an open
// one, or is an object above some.
func (s columnSet) hold(written string) bool {
	path := record.SplitPath(written)
	for _, c := range s {
		short := min(len(path), len(c.path))
		if slices.Equal(path[:short], c.path[:short]) && (len(path) <= len(c.path) || c.open) {
			return true
		}
	}
	return false
}

func (s columnSet) names() []string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = record.JoinPath(c.path)
	}
	return names
}
