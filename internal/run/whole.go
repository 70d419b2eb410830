package run

import (
	"fmt"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/speckle"
)

// whole holds an answer against its own totalCount; of begins a warning.
func (r *reader) whole(stats speckle.Stats, of string) error {
	warning, err := r.judged(stats)
	if warning != "" {
		r.warn(of + warning)
	}
	return err
}

// judged says what becomes of an answer that is short.
func (r *reader) judged(stats speckle.Stats) (warning string, err error) {
	switch short := stats.Short; {
	case short == nil || r.Job.Complete == choices.CompleteOff:
		return "", nil
	case r.Job.Complete == choices.CompleteWarn:
		told := *short
		told.Anyway = false // that is so already
		return told.Error(), nil
	default:
		return "", short
	}
}

// shrunk holds the run against the last good one.
func (r *reader) shrunk() error {
	count := r.in.spool.Count()
	if r.Job.ShrinkLimit <= 0 || r.in.withheld.count() > 0 || float64(count) >= r.Job.ShrinkLimit*float64(r.Last.Records) {
		return nil
	}
	if r.AcceptShrink {
		r.warn(fmt.Sprintf("accepted by hand: %d records, although the last good run had %d", count, r.Last.Records))
		return nil
	}
	return &ShrinkError{Job: r.Job.Name, Got: count, Last: r.Last.Records, Limit: r.Job.ShrinkLimit}
}
