package jobs

import (
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/spelling"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/said"
	"speckle-runner/internal/summary"
)

// summarize builds the groups of a job's records, its keys in the order in which
// they are written.
func (l *loader) summarize(j *job, out *Job) {
	given := j.Summarize.value
	if given == nil {
		return
	}
	s := &grouping{loader: l, taken: map[string]bool{}}
	s.known, s.plain = knownColumns(out)
	s.spec.Units = out.Elements != nil && out.Elements.Units && out.Elements.Rows != RowsProperties
	for _, by := range given.By.list {
		path := s.path(by)
		s.name(by.at, path[len(path)-1])
		s.spec.By = append(s.spec.By, summary.Key{Name: path[len(path)-1], Path: path})
	}
	for _, e := range given.At.node.Entries {
		s.figures(given, summary.Kind(e.Key.Text))
	}
	if len(s.spec.By)+len(s.spec.Figures) == 0 {
		l.problem(given.At, document.Problem{Message: "summarize makes nothing", Hint: "write { by: [level], count: elements, sum: { area: area } }"})
	}
	out.Summarize = &s.spec
	for _, o := range j.Outputs.items {
		l.ofAllItems(o.File, out)
		l.ofAllItems(o.Latest, out)
	}
}

// ofAllItems refuses a file for each item: groups are of all records.
func (l *loader) ofAllItems(given text, out *Job) {
	if !given.given() {
		return
	}
	path := l.shared.template(given.value).template
	if path.Uses("each") {
		l.problem(given.at, document.Problem{Message: "the groups of summarize are of all items of for_each, so there is no file of one",
			Hint: "leave {each.NAME} out of the path; to tell the items apart, let select put $each.NAME into the records, and name that in by"})
	}
	if out.ForEach != nil && out.Elements != nil && (path.Uses("version") || path.Uses("version.model")) {
		l.problem(given.at, document.Problem{Message: "the groups of summarize are of the versions of all items of for_each, so there is no file of one",
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

func (s *grouping) figures(given *summarizeKey, kind summary.Kind) {
	var list []pair
	switch kind {
	case summary.Count:
		if given.Count.given() {
			s.name(given.Count.at, given.Count.value)
			s.spec.Figures = append(s.spec.Figures, summary.Figure{Name: given.Count.value, Kind: kind})
		}
	case summary.Sum:
		list = given.Sum.list
	case summary.Min:
		list = given.Min.list
	case summary.Max:
		list = given.Max.list
	case summary.Avg:
		list = given.Avg.list
	}
	for _, one := range list {
		f := summary.Figure{Name: one.name.node.Text, Kind: kind, Path: s.path(one.value)}
		s.name(one.name, f.Name)
		if unit := s.spec.UnitOf(f); unit != "" {
			s.name(one.name, unit)
		}
		s.spec.Figures = append(s.spec.Figures, f)
	}
}

// path reads where a value is, and warns of one that no record has.
func (s *grouping) path(given text) []string {
	if s.plain && !s.known.hold(given.value) {
		hint := spelling.DidYouMean(given.value, s.known.names())
		if hint == "" {
			hint = "they have " + shortList(s.known.names())
		}
		s.warning(given.at, document.Problem{Message: "no record has " + said.Quoted(given.value) + ", so there is nothing to summarize", Hint: hint})
	}
	return record.SplitPath(given.value)
}

// name refuses two keys of one name.
func (s *grouping) name(a at, name string) {
	if s.taken[name] {
		s.problem(a, document.Problem{Message: "a group would have two keys " + said.Quoted(name), Hint: "give this one another name"})
	}
	s.taken[name] = true
}
