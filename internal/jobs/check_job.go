package jobs

import (
	"reflect"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/secret"
)

// job builds one job from its shape, with defaults in place.
func (l *loader) job(n named) *Job {
	j := n.job
	j.inherit(l.top.Defaults.value)
	shape := reflect.ValueOf(j).Elem()
	l.needs(n.place, shape, func(name string) bool {
		return meansKey(j.At.node, shape.Type(), name) || l.top.Defaults.given() && l.top.Defaults.node.Has(name)
	})
	fill(shape)
	out := &Job{
		Name: n.name, Description: j.Description.value, Line: n.place.node.Line,
		Mutation: j.Mutation.value, Disabled: j.Disabled.value,
		Timeout: j.Timeout.value, Retries: j.Retries.value, RetriesGiven: j.Retries.given(), RetryFor: j.RetryFor.value,
		RetryForGiven: j.RetryFor.given(),
		Overlap:       Overlap(j.Overlap.value),
		Missed:        Missed(j.Missed.value), MissedWindow: j.Window.value, Spread: j.Spread.value,
		MaxBytes: j.MaxBytes.value, OnPartial: OnPartial(j.OnPartial.value), Complete: Complete(j.Complete.value),
		ShrinkLimit: j.ShrinkLimit.value,
		Token:       secret.Source{Env: j.TokenEnv.value, File: j.TokenFile.value, Command: secret.NewCommand(j.TokenCommand.list)},
	}
	out.written.src = l.src
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
	for i, o := range j.Outputs.items {
		out.Outputs = append(out.Outputs, l.output(o, j))
		out.Outputs[i].Line = o.At.node.Line
	}
	l.versioned, l.mixed = false, false
	if j.Outputs.given() && len(j.Outputs.node.Items) == 0 {
		l.problem(j.Outputs.at, document.Problem{Message: "there is no output", Hint: missing["outputs"]})
	}
	l.columns(j, out)
	given := j.Notify
	if !given.given() {
		given = l.top.Notify
	}
	out.Notify = l.notifies(given)
	out.Hash = out.hash()
	return out
}
