package service

import (
	"context"
	"time"

	"speckle-runner/internal/arrivals"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// newArrivals makes what looks for new versions.
func (v *serving) newArrivals() *arrivals.Arrivals {
	ledger := arrivals.LedgerOf(v.ledger)
	ledger.Record = v.countNew(ledger.Record)
	tellLook := ledger.TellLook
	ledger.TellLook = func(ctx context.Context, place string, end store.End) (bool, error) {
		written, err := tellLook(ctx, place, end)
		if written {
			v.metrics.Ended(end.Job, store.Failed, 1)
			v.traceTickEnd(tracing.Tick{Job: end.Job, Run: store.VersionRunID(end.Job, end.Tick, end.Version), Tick: end.Tick}, store.Failed)
		}
		return written, err
	}
	return arrivals.New(arrivals.Options{Ledger: ledger, Log: v.log, Ask: v.look, Looked: v.metrics.Looked, Notices: v.lookNotices()})
}

// lookTries is how often a look asks: the next one comes anyway.
const lookTries = 2

// look asks for the versions of a job's project. Its error is without secrets.
func (v *serving) look(ctx context.Context, job *jobs.Job, since time.Time) (found []version.New, err error) {
	client, done, err := v.clientFor(ctx, job, lookTries)
	if err != nil {
		return nil, err
	}
	defer done()
	defer guard(v.log, v.logs.Redactor, &err)
	return version.Since(ctx, client, job.OnVersion.Project, since)
}

// lookNotices makes the notices about versions that got no run, and about looks that
// fail, which read as those of a failed run.
func (v *serving) lookNotices() arrivals.Notices {
	t := v.teller()
	occasion := func(job *jobs.Job, tick time.Time) notify.Occasion {
		return notify.Occasion{Job: job, Run: store.RunID(job.Name, tick), Tick: tick}
	}
	return arrivals.Notices{
		Missed: func(job *jobs.Job, last store.End, count int) []store.NewDelivery {
			return t.Missed(job, store.VersionRunID(job.Name, last.Tick, last.Version), last.Tick, count)
		},
		Skipped: t.Ended,
		Failing: func(job *jobs.Job, tick time.Time, why string) []store.NewDelivery {
			o := occasion(job, tick)
			o.Error, o.Cause = secret.Mask(why), "looks"
			return t.Failed(context.Background(), o)
		},
		Recovered: func(job *jobs.Job, tick time.Time) []store.NewDelivery {
			return t.Recovered(context.Background(), occasion(job, tick))
		},
	}
}
