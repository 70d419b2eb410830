package jobs

import (
	"reflect"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/shape"
	"speckle-runner/internal/secret"
)

// job builds one job from its shape, with defaults in place.
func (l *loader) job(n shape.NamedJob) *Job {
	j := n.Job
	j.Inherit(l.top.Defaults.Value)
	into := reflect.ValueOf(j).Elem()
	l.Needs(n.Place, into, func(name string) bool {
		return shape.MeansKey(j.At.Node, into.Type(), name) || l.top.Defaults.Given() && l.top.Defaults.Node.Has(name)
	})
	shape.Fill(into)
	out := &l.jobs.take(1)[0]
	*out = Job{
		Name: n.Name, Description: j.Description.Value, Line: n.Place.Node.Line,
		Mutation: j.Mutation.Value, Disabled: j.Disabled.Value,
		Timeout: j.Timeout.Value, Retries: j.Retries.Value, RetriesGiven: j.Retries.Given(), RetryFor: j.RetryFor.Value,
		RetryForGiven: j.RetryFor.Given(),
		Overlap:       choices.Overlap(j.Overlap.Value),
		Missed:        choices.Missed(j.Missed.Value), MissedWindow: j.Window.Value, Spread: j.Spread.Value,
		MaxBytes: j.MaxBytes.Value, OnPartial: choices.OnPartial(j.OnPartial.Value), Complete: choices.Complete(j.Complete.Value),
		ShrinkLimit: j.ShrinkLimit.Value,
		Token:       secret.Source{Env: j.TokenEnv.Value, File: j.TokenFile.Value, Command: secret.NewCommand(j.TokenCommand.List)},
	}
	out.written.src = l.Src
	if out.Token.Env == "" {
		out.Token.Dir = l.dir
	}
	l.server(n, out)
	l.schedule(j, out)
	l.onVersion(j, out)
	l.versioned, l.mixed = out.HasVersion(), out.OnVersion != nil && !out.HasVersion()
	l.asked(n, out)
	l.readsVersions(j, out)
	out.Scopes = l.scopes(j.Scopes, out)
	l.versioned = l.versioned || out.Elements != nil
	if given := len(j.Outputs.Items); given > 0 {
		out.Outputs = l.outputs.take(given)
	}
	for i, o := range j.Outputs.Items {
		out.Outputs[i] = l.output(o, j)
		out.Outputs[i].Line = o.At.Node.Line
	}
	l.versioned, l.mixed = false, false
	if j.Outputs.Given() && len(j.Outputs.Node.Items) == 0 {
		l.Problem(j.Outputs.At, document.Problem{Message: "there is no output", Hint: shape.Missing["outputs"]})
	}
	l.columns(j, out)
	l.ignored(j, out)
	given := j.Notify
	if !given.Given() {
		given = l.top.Notify
	}
	out.Notify = l.notifies(given)
	out.Hash = l.kept.texts.keep(out.hash())
	return out
}
