package jobs

import (
	"slices"
	"strings"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
)

// columns warns of columns that no record can have: those that the query
// doesn't select, or that select doesn't make, where that is plain to see.
func (l *loader) columns(j *shape.Job, out *Job) {
	known, plain := knownColumns(out)
	if !plain {
		return
	}
	for i, o := range j.Outputs.Items {
		if i >= len(out.Outputs) || !out.Outputs[i].Format.Table() {
			continue
		}
		for _, one := range o.Columns.Items {
			column := one.Where()
			if known.hold(column.Value) {
				continue
			}
			hint := spelling.DidYouMean(column.Value, known.names())
			if hint == "" {
				hint = "there are " + strings.Join(known.names(), ", ")
			}
			l.Problem(column.At, document.Problem{Warning: true, Message: "no record has the column " + said.Quoted(column.Value), Hint: hint})
		}
	}
}

// ignored warns of fields to ignore that no record can have, where that is plain to
// see: then nothing is ignored.
func (l *loader) ignored(j *shape.Job, out *Job) {
	known, plain := knownColumns(out)
	if !plain {
		return
	}
	for i := range known { // ignore goes on into what a list or an object holds
		known[i].open = known[i].open || known[i].list
	}
	for _, o := range j.Outputs.Items {
		for _, field := range o.Ignore.List {
			if !o.OnlyIfChanged.Value || known.hold(field.Value) {
				continue
			}
			hint := spelling.DidYouMean(field.Value, known.names())
			if hint == "" {
				hint = "there are " + strings.Join(known.names(), ", ")
			}
			l.Problem(field.At, document.Problem{Warning: true, Message: "no record has " + said.Quoted(field.Value) + ", so nothing is ignored",
				Hint: hint})
		}
	}
}

// columnSet is what columns a job's records can have; below an open one
// anything may be.
type columnSet []knownColumn

type knownColumn struct {
	path []string
	open bool
	list bool
}

func (s *columnSet) add(path []string, open bool) {
	*s = append(*s, knownColumn{path: path, open: open})
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
		known = append(known, knownColumn{c.Path, c.Free, c.List})
	}
	return known, true
}

// columns gives what records have; below a place of which open is true there
// may be anything.
func (e *Elements) columns() (known columnSet) {
	for _, name := range e.Fields() {
		known.add([]string{name}, false)
	}
	if e.Nested() {
		known.add([]string{"properties"}, true)
	}
	return known
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

// columnsOf gives the columns as a job has them, nil for none.
func columnsOf(l *shape.Columns) []Column {
	if !l.Given() {
		return nil
	}
	columns := make([]Column, len(l.Items))
	for i, one := range l.Items {
		columns[i] = Column{Name: one.Name.Value, Path: one.Where().Value, Type: one.Type.Value}
	}
	return columns
}
