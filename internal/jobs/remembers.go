package jobs

import (
	"slices"

	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
)

// lastSuccess is the placeholder and, with a $, the variable of a jq program
// that stand for the last good run's tick.
const lastSuccess = "last_success"

// What stands for the version that a run is of, in the same way, and for its
// model.
const (
	version      = "version"
	versionModel = "version.model"
)

// Remembers reports whether a run of the job depends on what the ledger knows of earlier
// runs. Most don't, so that a thousand jobs that are due at once needn't ask.
func (j *Job) Remembers() bool {
	return j.ShrinkLimit > 0 || j.UsesLastSuccess() ||
		slices.ContainsFunc(j.Outputs, func(o Output) bool { return o.OnlyIfChanged })
}

// UsesLastSuccess reports whether the job names its last good run anywhere.
func (j *Job) UsesLastSuccess() bool { return j.uses(lastSuccess) }

// NeedsVersion reports whether each run of the job must be of a version. Elements without one
// are read of the newest; a query that names the version has no such choice.
func (j *Job) NeedsVersion() bool {
	if !j.HasVersion() {
		return false
	}
	if e := j.Elements; e != nil {
		return slices.ContainsFunc([]placeholder.Template{e.Project, e.Model}, func(t placeholder.Template) bool {
			return t.Uses(version) || t.Uses(versionModel)
		})
	}
	return j.uses(version) || j.uses(versionModel)
}

// uses reports whether a placeholder, or a program's variable of that name,
// stands anywhere in what the job reads and writes.
func (j *Job) uses(name string) bool {
	if programUses(j.Select, name) || programUses(j.Until, name) || valuesUse(j.Variables, name) {
		return true
	}
	if each := j.ForEach; each != nil && (programUses(each.Select, name) || programUses(each.Until, name) || valuesUse(each.Variables, name)) {
		return true
	}
	return slices.ContainsFunc(j.Outputs, func(o Output) bool {
		return programUses(o.Hook.Body, name) || o.File.Uses(name) || o.Latest.Uses(name) || o.Hook.Address.Uses(name)
	})
}

// GoesByReceivers reports whether the job's last success depends on its receivers: a message
// that is given up puts it back, and its rows come again. With a file that grows in the job
// it doesn't: such a file can't take rows twice, and redeliver sends the message.
func (j *Job) GoesByReceivers() bool {
	return j.UsesLastSuccess() && slices.ContainsFunc(j.Outputs, func(o Output) bool { return !o.IsFile() }) &&
		!slices.ContainsFunc(j.Outputs, func(o Output) bool { return o.Append })
}

func uses(p *jq.Program) bool { return programUses(p, lastSuccess) }

func anyUses(variables []Variable) bool { return valuesUse(variables, lastSuccess) }

func programUses(p *jq.Program, name string) bool { return p != nil && p.Uses(name) }

func valuesUse(variables []Variable, name string) bool {
	for _, v := range variables {
		if v.Value.uses(name) {
			return true
		}
	}
	return false
}

// uses reports whether a string of the value holds the placeholder.
func (v *value) uses(name string) bool {
	if v.raw != nil {
		return false
	}
	if v.kind == document.KindText {
		return v.text.Uses(name)
	}
	for _, item := range v.items {
		if item.uses(name) {
			return true
		}
	}
	for _, m := range v.members {
		if m.value.uses(name) {
			return true
		}
	}
	return false
}
