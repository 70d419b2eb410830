package arrivals

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

const (
	// grace is how much longer than two rounds nothing may have looked until
	// versions were missed: a server that doesn't answer for a minute is no gap.
	grace = time.Minute
	// lookBack is how far before the newest version each look goes back: one whose
	// transaction took long appears behind others that bear a later time.
	lookBack = 5 * time.Minute
)

// plan is what becomes of the versions that a look found for a job.
type plan struct {
	run  []version.New // the oldest first
	left []left        // won't run
	upto time.Time     // the job's mark from now on
	ids  []string      // of those known since then
}

// left is a version that won't run, and why.
type left struct {
	version.New

	state  store.State
	reason string
}

// named gives all versions that get a row, the oldest first.
func (p plan) named() []version.New {
	all := slices.Clone(p.run)
	for _, l := range p.left {
		all = append(all, l.New)
	}
	slices.SortFunc(all, older)
	return all
}

// older orders by time; of one instant by id, so that the order is always the
// same.
func older(a, b version.New) int {
	return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID))
}

// judge decides about what a look found for a job. all may hold versions that the
// job knows, and goes back at least to its mark, or to since where it has none:
// then nothing but where to begin is found.
func judge(job *jobs.Job, mark store.VersionMark, since time.Time, versions []version.New, now time.Time) plan {
	versions = slices.SortedFunc(slices.Values(versions), older)
	if mark.Looked.IsZero() {
		return begin(since, versions)
	}
	j := judgment{job: job, mark: mark, now: now, undecided: map[string]bool{}}
	fresh := slices.DeleteFunc(slices.Clone(versions), func(v version.New) bool {
		return v.Created.Before(mark.Upto) || slices.Contains(mark.IDs, v.ID)
	})
	j.ahead(fresh)
	j.settled(slices.DeleteFunc(fresh, func(v version.New) bool { return !j.follows(v.Model) }))
	j.missed()
	j.replaced()
	j.markFrom(versions)
	return j.plan
}

// begin gives a job's first mark: what is there was there before.
func begin(since time.Time, versions []version.New) plan {
	p := plan{upto: since}
	if since.IsZero() {
		p.upto = time.Unix(0, 0).UTC()
	}
	if len(versions) == 0 {
		return p
	}
	if newest := versions[len(versions)-1].Created; newest.After(p.upto) {
		p.upto = newest
	}
	for _, v := range versions {
		if !v.Created.Before(p.upto) {
			p.ids = append(p.ids, v.ID)
		}
	}
	return p
}

// judgment is the making of a plan.
type judgment struct {
	plan

	job       *jobs.Job
	mark      store.VersionMark
	now       time.Time
	undecided map[string]bool // ids of those that a later look decides about
}

func (j *judgment) follows(model string) bool {
	models := j.job.OnVersion.Models
	return models == nil || slices.Contains(models, model)
}

// ahead leaves to a later look what was made at a time that the database's clock
// hasn't reached.
func (j *judgment) ahead(fresh []version.New) {
	for _, v := range fresh {
		if v.Created.After(j.now) {
			j.undecided[v.ID] = true
		}
	}
}

// settled takes the versions whose model was quiet after them for long enough,
// and leaves the others out, or to a later look.
func (j *judgment) settled(fresh []version.New) {
	settle := j.job.OnVersion.Settle
	next := map[string]version.New{} // the one that followed, by model
	for _, v := range slices.Backward(fresh) {
		follower, followed := next[v.Model]
		next[v.Model] = v
		switch {
		case j.undecided[v.ID]:
		case followed && settle > 0 && follower.Created.Sub(v.Created) < settle:
			j.leave(v, store.Skipped, fmt.Sprintf("version %s of the same model followed within %s (settle)", follower.ID,
				jobs.PlainDuration(settle)))
		case !followed && j.now.Sub(v.Created) < settle:
			j.undecided[v.ID] = true
		default:
			j.run = append(j.run, v)
		}
	}
	slices.Reverse(j.run)
	slices.Reverse(j.left)
}

func (j *judgment) leave(v version.New, state store.State, reason string) {
	j.left = append(j.left, left{v, state, reason})
}

// missed lets the job's policy judge what was made while nothing looked.
func (j *judgment) missed() {
	gap := 2*j.job.OnVersion.Every + grace
	if j.now.Sub(j.mark.Looked) <= gap {
		return
	}
	inTime := j.now.Add(-gap)
	newest := map[string]string{} // id of the newest, by model
	for _, v := range j.run {
		newest[v.Model] = v.ID
	}
	all := j.run
	j.run = nil
	for _, v := range all {
		reason := ""
		if v.Created.Before(inTime) {
			reason = j.reason(v, newest[v.Model])
		}
		if reason == "" {
			j.run = append(j.run, v)
			continue
		}
		j.leave(v, store.Missed, reason)
	}
}

// reason says why a version that was made while nothing looked doesn't run; "":
// it does.
func (j *judgment) reason(v version.New, newest string) string {
	const why = "it was made while nothing looked for new versions"
	switch {
	case j.job.Missed == choices.MissedSkip:
		return why + " (missed: skip)"
	case j.job.Missed == choices.MissedLast && v.ID != newest:
		return why + "; version " + newest + " of the same model runs (missed: last)"
	case j.now.Sub(v.Created) > j.job.MissedWindow:
		return fmt.Sprintf("%s, and not found within %s of it (missed_window)", why, jobs.PlainDuration(j.job.MissedWindow))
	}
	return ""
}

// replaced leaves out all but the newest where that takes their place.
func (j *judgment) replaced() {
	if j.job.Overlap != choices.OverlapReplace || len(j.run) < 2 {
		return
	}
	last := len(j.run) - 1
	for _, v := range j.run[:last] {
		j.leave(v, store.Skipped, "version "+j.run[last].ID+" is newer (overlap: replace)")
	}
	j.run = j.run[last:]
}

// markFrom moves the mark to a little before the newest version, and not past one
// that isn't decided about.
func (j *judgment) markFrom(versions []version.New) {
	j.upto, j.ids = j.mark.Upto, nil
	if len(versions) > 0 {
		upto := versions[len(versions)-1].Created.Add(-lookBack)
		for _, v := range versions {
			if j.undecided[v.ID] && v.Created.Before(upto) {
				upto = v.Created
			}
		}
		if upto.After(j.upto) {
			j.upto = upto
		}
	}
	for _, v := range versions {
		if !v.Created.Before(j.upto) && !j.undecided[v.ID] {
			j.ids = append(j.ids, v.ID)
		}
	}
}
