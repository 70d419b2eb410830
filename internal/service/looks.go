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

// newArrivals makes who looks for new versions.
func (v *serving) newArrivals() *arrivals.Arrivals {
	ledger := arrivals.LedgerOf(v.ledger)
	ledger.Record = v.recorded(ledger.Record)
	tell := ledger.TellLook
	ledger.TellLook = func(ctx context.Context, place string, end store.End) (bool, error) {
		told, err := tell(ctx, place, end)
		if told {
			v.metrics.Ended(end.Job, store.Failed, 1)
			v.tracedEnd(tracing.Tick{Job: end.Job, Run: store.VersionRunID(end.Job, end.Tick, end.Version), Tick: end.Tick}, store.Failed)
		}
		return told, err
	}
	return arrivals.New(arrivals.Options{Ledger: ledger, Log: v.log, Ask: v.look, Looked: v.metrics.Looked, Notices: v.lookNotices()})
}

// lookTries is how often a look asks: the next one comes anyway.
const lookTries = 2

// look asks for the versions of a job's project. Its error is without secrets.
func (v *serving) look(ctx context.Context, job *jobs.Job, since time.Time) ([]version.New, error) {
	client, done, err := v.asking(ctx, job, lookTries)
	if err != nil {
		return nil, err
	}
	defer done()
	return version.Since(ctx, client, job.OnVersion.Project, since)
}

// lookNotices tells people what becomes of versions, and of looks that fail as
// of a job that does.
func (v *serving) lookNotices() arrivals.Notices {
	t := v.teller()
	about := func(job *jobs.Job, tick time.Time) notify.Occasion {
		return notify.Occasion{Job: job, Run: store.RunID(job.Name, tick), Tick: tick}
	}
	return arrivals.Notices{
		Missed: func(job *jobs.Job, last store.End, count int) []store.NewDelivery {
			return t.Missed(job, store.VersionRunID(job.Name, last.Tick, last.Version), last.Tick, count)
		},
		Skipped: t.Ended,
		Failing: func(job *jobs.Job, tick time.Time, why string) []store.NewDelivery {
			o := about(job, tick)
			o.Error, o.Cause = secret.Mask(why), "looks"
			return t.Failed(context.Background(), o)
		},
		Recovered: func(job *jobs.Job, tick time.Time) []store.NewDelivery {
			return t.Recovered(context.Background(), about(job, tick))
		},
	}
}
