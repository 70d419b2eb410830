package jobs

import (
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/summary"
)

// summarize builds the groups of a job's records, its keys in the order in which
// they are written.
func (l *loader) summarize(j *shape.Job, out *Job) {
	given := j.Summarize.Value
	if given == nil {
		return
	}
	s := &grouping{loader: l, taken: map[string]bool{}}
	s.known, s.plain = knownColumns(out)
	s.spec.Units = out.Elements != nil && out.Elements.Units && out.Elements.Rows != choices.RowsProperties
	for _, by := range given.By.List {
		path := s.path(by)
		s.name(by.At, path[len(path)-1])
		s.spec.By = append(s.spec.By, summary.Key{Name: path[len(path)-1], Path: path})
	}
	for _, e := range given.At.Node.Entries {
		s.figures(given, summary.Kind(e.Key.Text))
	}
	if len(s.spec.By)+len(s.spec.Figures) == 0 {
		l.Problem(given.At, document.Problem{Message: "summarize makes nothing",
			Hint: "write { by: [level], count: elements, sum: { area: area } }"})
	}
	out.Summarize = &s.spec
	for _, o := range j.Outputs.Items {
		l.ofAllItems(o.File, out)
		l.ofAllItems(o.Latest, out)
	}
}

// ofAllItems refuses a file for each item: groups are of all records.
func (l *loader) ofAllItems(given shape.Text, out *Job) {
	if !given.Given() {
		return
	}
	path := l.shared.template(given.Value).template
	if path.Uses("each") {
		l.Problem(given.At, document.Problem{Message: "summarize makes its groups across all items of for_each, so no item can have its own file",
			Hint: "leave {each.NAME} out of the path; to tell the items apart, let select put $each.NAME into the records, and name that in by"})
	}
	if out.ForEach != nil && out.Elements != nil && (path.Uses("version") || path.Uses("version.model")) {
		l.Problem(given.At, document.Problem{Message: "summarize makes its groups across the versions of all items of for_each, so no version " +
			"can have its own file",
			Hint: "leave {version} out of the path; to tell them apart, let select put $version.id into the records, and name that in by"})
	}
}

// grouping is a summarize that is being read.
type grouping struct {
	*loader

	spec  summary.Spec
	taken map[string]bool
	known columnSet
	plain bool // known is all that records have
}

func (s *grouping) figures(given *shape.Summarize, kind summary.Kind) {
	var list []shape.Pair
	switch kind {
	case summary.Count:
		if given.Count.Given() {
			s.name(given.Count.At, given.Count.Value)
			s.spec.Figures = append(s.spec.Figures, summary.Figure{Name: given.Count.Value, Kind: kind})
		}
	case summary.Sum:
		list = given.Sum.List
	case summary.Min:
		list = given.Min.List
	case summary.Max:
		list = given.Max.List
	case summary.Avg:
		list = given.Avg.List
	}
	for _, one := range list {
		f := summary.Figure{Name: one.Name.Node.Text, Kind: kind, Path: s.path(one.Value)}
		s.name(one.Name, f.Name)
		if unit := s.spec.UnitOf(f); unit != "" {
			s.name(one.Name, unit)
		}
		s.spec.Figures = append(s.spec.Figures, f)
	}
}

// path reads where a value is, and warns of one that no record has.
func (s *grouping) path(given shape.Text) []string {
	if s.plain && !s.known.hold(given.Value) {
		hint := spelling.DidYouMean(given.Value, s.known.names())
		if hint == "" {
			hint = "they have " + shortList(s.known.names())
		}
		s.Warning(given.At, document.Problem{Message: "no record has " + said.Quoted(given.Value) + ", so there is nothing to summarize",
			Hint: hint})
	}
	return record.SplitPath(given.Value)
}

// name refuses two keys of one name.
func (s *grouping) name(a shape.At, name string) {
	if s.taken[name] {
		s.Problem(a, document.Problem{Message: "a group would have two keys " + said.Quoted(name), Hint: "give this one another name"})
	}
	s.taken[name] = true
}
