package run

import (
	"fmt"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/speckle"
)

// checkComplete does what the job's complete says with a list that is short; prefix
// begins its warning.
func (r *reader) checkComplete(stats speckle.Stats, prefix string) error {
	warning, err := r.judgeShort(stats)
	if warning != "" {
		r.warn(prefix + warning)
	}
	return err
}

// judgeShort makes a warning or an error of a list that is short, as complete says.
func (r *reader) judgeShort(stats speckle.Stats) (warning string, err error) {
	switch short := stats.Short; {
	case short == nil || r.Job.Complete == choices.CompleteOff:
		return "", nil
	case r.Job.Complete == choices.CompleteWarn:
		warned := *short
		warned.Anyway = false // no advice to set complete: warn, which it is
		return warned.Error(), nil
	default:
		return "", short
	}
}

// checkShrink does what shrink_limit says when there are much fewer records than in the
// last good run.
func (r *reader) checkShrink() error {
	count := r.in.records()
	if r.Job.ShrinkLimit <= 0 || r.in.withheld.count() > 0 || float64(count) >= r.Job.ShrinkLimit*float64(r.Last.Records) {
		return nil
	}
	if r.AcceptShrink {
		r.warn(fmt.Sprintf("accepted by hand: %d records, although the last good run had %d", count, r.Last.Records))
		return nil
	}
	return &ShrinkError{Job: r.Job.Name, Got: count, Last: r.Last.Records, Limit: r.Job.ShrinkLimit}
}
