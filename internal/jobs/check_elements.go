package jobs

import (
	"strings"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/said"
)

// elements builds what an elements job reads, and refuses the keys that are
// for queries.
func (l *loader) elements(j *shape.Job, each bool) *Elements {
	given := j.Elements.Value
	if given == nil {
		return nil
	}
	out := &Elements{
		Project: l.id(given.Project, each), Model: l.id(given.Model, each), Version: l.id(given.Version, each),
		AllowEmpty: given.AllowEmpty.Value, Rows: choices.Rows(given.Rows.Value), Units: given.Units.Value,
	}
	for _, c := range given.Where.List {
		l.segments(c.Name, "the name")
		out.Where = append(out.Where, Where{Name: c.Name.Node.Text, Any: c.Values})
	}
	for _, p := range given.Properties.List {
		if p.Path.Given() {
			l.segments(p.Path.At, "the path")
		}
		out.Properties = append(out.Properties, Property{Name: p.Name.Node.Text, Path: p.Path.Value, Optional: p.Optional.Value})
	}
	if out.Rows == choices.RowsProperties && out.Units {
		l.Problem(given.Units.At, document.Problem{Message: "with rows: properties each record has its unit anyway", Hint: "remove units"})
	}
	if out.Rows != choices.RowsProperties {
		l.propertyNames(given)
	}
	l.ofQueries(j)
	return out
}

// segments refuses a path that none can be equal to.
func (l *loader) segments(given shape.At, what string) {
	switch text := given.Node.Text; {
	case strings.TrimSpace(text) == "":
		l.Problem(given, document.Problem{Message: what + " is empty", Hint: "write one such as Fire Rating or Dimensions.Area"})
	case strings.HasPrefix(text, ".") || strings.HasSuffix(text, "."):
		l.Problem(given, document.Problem{Message: what + " begins or ends with a dot", Hint: "write whole segments, as in Dimensions.Area"})
	}
}

// propertyNames refuses two columns of one name.
func (l *loader) propertyNames(given *shape.Elements) {
	taken := map[string]string{}
	for _, name := range elementFields {
		taken[name] = "every record has " + name + " anyway"
	}
	for _, p := range given.Properties.List {
		name := p.Name.Node.Text
		if strings.TrimSpace(name) == "" {
			l.Problem(p.Name, document.Problem{Message: "the name is empty", Hint: "it becomes a column's head"})
		}
		names := []string{name}
		if given.Units.Value {
			names = append(names, name+unitSuffix)
		}
		for _, column := range names {
			if why := taken[column]; why != "" {
				l.Problem(p.Name, document.Problem{Message: "there would be two columns " + said.Quoted(column) + ": " + why,
					Hint: "give the property another name"})
			}
			taken[column] = said.Quoted(name) + " makes one"
		}
	}
}

// ofQueries refuses the keys that say how a query is asked, where the job has
// them itself: those of defaults are for the others.
func (l *loader) ofQueries(j *shape.Job) {
	for _, one := range []struct {
		shape.Field
		why, hint string
	}{
		{&j.Variables, "variables are a query's, and elements has none", "write placeholders into project, model and version"},
		{&j.Mutation, "elements reads: there is no mutation to allow", "remove the key"},
		{&j.Until, "until ends the reading of pages, and elements are read whole", "filter with where or select"},
		{&j.Lookback, "lookback is for lists that are read only for what is new, and elements are read whole", "remove the key"},
		{&j.Complete, "elements are read whole, or the run fails: there is no totalCount to compare them with", "remove the key"},
		{&j.OnPartial, "elements are read whole, or the run fails: they don't come together with errors", "remove the key"},
	} {
		if one.Given() && j.At.Node.Has(lastKey(one.Place().Path)) {
			l.Problem(one.Place(), document.Problem{Message: one.why, Hint: one.hint})
		}
	}
}

// versionIn refuses $version where nothing has a version, and $data where there
// is no page.
func (l *loader) versionIn(given shape.Text, out *Job) {
	switch {
	case out.Select == nil:
	case out.Elements == nil && !out.HasVersion() && out.Select.Uses("version"):
		p := document.Problem{Message: "$version is the version that elements reads, and this job has no elements",
			Hint: "remove it, or ask for elements in place of a query"}
		if out.OnVersion != nil {
			p = document.Problem{Message: "$version is the run's version, and scheduled runs have none",
				Hint: "remove it, or make a job of each: one with schedule, one with on_version"}
		}
		l.Problem(given.At, p)
	case out.Elements != nil && out.Select.Uses("data"):
		l.Problem(given.At, document.Problem{Message: "$data is what surrounds a page's records, and elements have no pages",
			Hint: "what is known of their version is in $version"})
	}
}

// noVersion refuses $version in a program that sees no version.
func (l *loader) noVersion(given shape.Text, program *jq.Program) {
	if program != nil && program.Uses("version") {
		l.Problem(given.At, document.Problem{Message: "$version is there in the select of a job with elements or on_version only"})
	}
}
