package jobs

import (
	"slices"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/said"
)

// onVersion builds what makes the job due beside its schedule, once that is
// known.
func (l *loader) onVersion(j *shape.Job, out *Job) {
	given := j.OnVersion.Value
	if given == nil {
		return
	}
	out.OnVersion = &OnVersion{Project: given.Project.Value, Every: given.Every.Value, Settle: given.Settle.Value}
	if given.Project.Given() {
		l.plainID(given.Project.At, given.Project.Value)
	}
	for _, model := range given.Models.List {
		l.plainID(model.At, model.Value)
		out.OnVersion.Models = append(out.OnVersion.Models, model.Value)
	}
	if given.Models.Given() && len(given.Models.Node.Items) == 0 {
		l.Problem(given.Models.At, document.Problem{Message: "there is no model in the list",
			Hint: "name some, or remove the key: then all of the project count"})
	}
	if out.Manual {
		l.Problem(j.Schedule.At, document.Problem{Message: "manual is for a job that is run by hand only, and on_version runs this one",
			Hint: "remove schedule: it can be run by hand all the same"})
	}
	l.turns(j, out)
}

// turns lets versions wait for each other: that one comes while another is
// exported is no reason to leave it out.
func (l *loader) turns(j *shape.Job, out *Job) {
	if out.Overlap != choices.OverlapSkip {
		return
	}
	if j.Overlap.Given() && j.At.Node.Has("overlap") {
		l.Problem(j.Overlap.At, document.Problem{Message: "skip would leave out a version that comes while another is exported",
			Hint: "write queue, which lets each wait its turn, or replace, which takes the newest"})
	}
	out.Overlap = choices.OverlapQueue
}

// readsVersions holds what a job reads of elements against the versions that it
// is due for.
func (l *loader) readsVersions(j *shape.Job, out *Job) {
	on, reads := out.OnVersion, out.Elements
	if on == nil || reads == nil || j.Elements.Value == nil {
		return
	}
	given := j.Elements.Value
	if !reads.Version.IsZero() {
		l.Problem(given.Version.At, document.Problem{Message: "on_version says which version is read", Hint: "remove version"})
	}
	if out.ForEach != nil {
		l.Problem(j.OnVersion.At, document.Problem{Message: "a run of on_version reads the elements of one version, and for_each those of many",
			Hint: "remove one of the two"})
		return
	}
	if project := reads.Project.Text(); plainIDText(project) && on.Project != "" && project != on.Project {
		l.Problem(given.Project.At, document.Problem{Message: "elements reads project " + said.Quoted(project) +
			", and on_version looks at project " + said.Quoted(on.Project), Hint: "name one project"})
	}
	model := reads.Model.Text()
	if !plainIDText(model) || slices.Equal(on.Models, []string{model}) {
		return
	}
	hint := "write models: [" + model + "] in on_version"
	if out.HasVersion() {
		hint += ", or model: \"{version.model}\" to read whichever has a new one"
	}
	l.Problem(given.Model.At, document.Problem{Message: "elements reads only model " + said.Quoted(model) +
		", and on_version brings versions of other models", Hint: hint})
}
