package jobs

import (
	"slices"

	"speckle-runner/internal/jobs/jq"
)

// lastSuccess is the placeholder and, with a $, the variable of a jq program
// that stand for the last good run's tick.
const lastSuccess = "last_success"

// Remembers reports whether a run of the job depends on what the ledger knows
// of earlier ones. Most don't, and a thousand jobs that are due at once
// shouldn't ask.
func (j *Job) Remembers() bool {
	return j.ShrinkLimit > 0 || j.UsesLastSuccess() ||
		slices.ContainsFunc(j.Outputs, func(o Output) bool { return o.OnlyIfChanged })
}

// UsesLastSuccess reports whether the job names its last good run anywhere.
func (j *Job) UsesLastSuccess() bool {
	if uses(j.Select) || uses(j.Until) || anyUses(j.Variables) {
		return true
	}
	if each := j.ForEach; each != nil && (uses(each.Select) || uses(each.Until) || anyUses(each.Variables)) {
		return true
	}
	return slices.ContainsFunc(j.Outputs, func(o Output) bool {
		return uses(o.Hook.Body) || o.File.Uses(lastSuccess) || o.Latest.Uses(lastSuccess) || o.Hook.Address.Uses(lastSuccess)
	})
}

// GoesByReceivers reports whether the job's last success is what receivers
// have, and not only what files hold: a message that is given up puts it back,
// and its rows come again. A file that grows can't take rows twice, so with one
// in the job the last success stays, and the message is for redeliver.
func (j *Job) GoesByReceivers() bool {
	return j.UsesLastSuccess() && slices.ContainsFunc(j.Outputs, func(o Output) bool { return !o.IsFile() }) &&
		!slices.ContainsFunc(j.Outputs, func(o Output) bool { return o.Append })
}

func uses(p *jq.Program) bool { return p != nil && p.Uses(lastSuccess) }

func anyUses(variables []Variable) bool {
	for _, v := range variables {
		if v.Value.uses(lastSuccess) {
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
	if v.kind == kindText {
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
