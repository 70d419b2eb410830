package arrivals

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

const (
	// longestLook bounds one look, with all that it finds.
	longestLook = 5 * time.Minute
	// patience is how long looks may fail until people are told.
	patience = time.Hour
)

// look is one look of a group.
type look struct {
	*group

	o     Options
	taken []taken
}

// taken is a job whose look is this node's.
type taken struct {
	job  *jobs.Job
	mark store.VersionMark
}

// do makes the look. taken is false where all of it is another node's.
func (l *look) do(ctx context.Context) (taken bool, err error) {
	if err := l.take(ctx); err != nil {
		return true, err
	}
	if len(l.taken) == 0 {
		return false, nil
	}
	asking, cancel := context.WithTimeout(ctx, longestLook)
	defer cancel()
	found, err := l.o.Ask(asking, l.jobs[0], l.since())
	switch {
	case ctx.Err() != nil:
		return true, ctx.Err() // we stop, which is no failure
	case err != nil:
		l.failed(ctx, err)
		return true, err
	}
	return true, l.found(ctx, found)
}

// take takes the looks that nobody else has made lately. Timers differ a little,
// so that a look counts as late before it is.
func (l *look) take(ctx context.Context) error {
	for _, job := range l.jobs {
		mark, ours, err := l.o.Ledger.TakeLook(ctx, job.Name, l.place(), l.every-l.every/10)
		if err != nil {
			return err
		}
		if ours {
			l.taken = append(l.taken, taken{job, mark})
		}
	}
	return nil
}

// since is from when on versions may be new to any of the jobs; zero where none
// of them has looked yet.
func (l *look) since() time.Time {
	since := time.Time{}
	for _, t := range l.taken {
		if !t.mark.Looked.IsZero() && (since.IsZero() || t.mark.Upto.Before(since)) {
			since = t.mark.Upto
		}
	}
	return since
}

// found sees to what was found, for each job.
func (l *look) found(ctx context.Context, all []version.New) error {
	clock, err := l.o.Ledger.Clock(ctx)
	if err != nil {
		return err
	}
	var broken error
	for _, t := range l.taken {
		p := judge(t.job, t.mark, l.since(), all, clock.Now)
		if err := l.write(ctx, t, p); err != nil {
			broken = fmt.Errorf("new versions for %s: %w", t.job.Name, err)
			continue // the others' are seen to; this one's are found again
		}
		l.looked(t.job.Name, true)
	}
	return broken
}

// write tells the ledger: what won't run, what will, and then that all of it is
// known.
func (l *look) write(ctx context.Context, t taken, p plan) error {
	ticks, err := l.ticks(ctx, t.job, p)
	if err != nil {
		return err
	}
	if ends := l.ends(t.job, p, ticks); len(ends) > 0 {
		if _, err := l.o.Ledger.Record(ctx, ends); err != nil {
			return err
		}
	}
	if len(p.run) > 0 {
		due := l.due(t.job, p, ticks)
		fresh, err := l.o.Ledger.Enqueue(ctx, due)
		if err != nil {
			return err
		}
		for i, v := range p.run {
			if fresh[i] {
				l.o.Log.Info().Str("job", t.job.Name).Str("run", store.VersionRunID(t.job.Name, due[i].Tick, v.ID)).Str("model",
					v.Model).Msg("new version")
			}
		}
	}
	l.o.Log.Debug().Str("job", t.job.Name).Int("run", len(p.run)).Int("left", len(p.left)).Msg("looked for new versions")
	var recovery []store.NewDelivery
	if tell := l.o.Notices.Recovered; tell != nil && !t.mark.Told.IsZero() {
		recovery = tell(t.job, t.mark.Told)
	}
	return l.o.Ledger.EndLook(ctx, t.job.Name, l.place(), p.upto, p.ids, recovery)
}

// ticks gives all versions that the ledger is told of their ticks, the oldest
// first: where a ledger was restored they come out the same.
func (l *look) ticks(ctx context.Context, job *jobs.Job, p plan) (map[string]time.Time, error) {
	named := p.named()
	if len(named) == 0 {
		return nil, nil
	}
	versions := make([]store.Version, len(named))
	for i, v := range named {
		versions[i] = store.Version{ID: v.ID, Model: v.Model, Created: v.Created}
	}
	ticks, err := l.o.Ledger.VersionTicks(ctx, job.Name, versions)
	if err != nil {
		return nil, err
	}
	of := make(map[string]time.Time, len(named))
	for i, v := range named {
		of[v.ID] = ticks[i]
	}
	return of, nil
}

func (l *look) due(job *jobs.Job, p plan, ticks map[string]time.Time) []store.Due {
	due := make([]store.Due, len(p.run))
	for i, v := range p.run {
		due[i] = store.Due{
			Job: job.Name, Tick: ticks[v.ID], Trigger: store.OnVersion, Delay: scheduler.Delay(job),
			Overtakes: job.Overlap == choices.OverlapReplace,
			Server:    job.Server.Origin(), Generation: l.generation, QueryHash: job.QueryHash(),
		}
	}
	return due
}

// ends makes rows of what won't run. What was missed is told together.
func (l *look) ends(job *jobs.Job, p plan, ticks map[string]time.Time) []store.End {
	ends := make([]store.End, len(p.left))
	missed, last := 0, -1
	for i, v := range p.left {
		ends[i] = store.End{
			Job: job.Name, Tick: ticks[v.ID], Version: v.ID, Trigger: store.OnVersion, State: v.state, Reason: v.reason, Generation: l.generation,
		}
		switch {
		case v.state == store.Missed:
			missed, last = missed+1, i
		case l.o.Notices.Skipped != nil:
			ends[i].Deliveries = l.o.Notices.Skipped(ends[i])
		}
	}
	if tell := l.o.Notices.Missed; tell != nil && missed > 0 {
		ends[last].Deliveries = tell(job, ends[last], missed)
	}
	return ends
}

// failed notes that a look didn't come through. People are told when that goes on.
func (l *look) failed(ctx context.Context, why error) {
	for _, t := range l.taken {
		l.looked(t.job.Name, false)
		since, err := l.o.Ledger.FailLook(ctx, t.job.Name, l.place(), patience)
		if err == nil && !since.IsZero() {
			err = l.tell(ctx, t.job, since, why)
		}
		if err != nil {
			l.o.Log.Warn().Str("job", t.job.Name).Err(err).Msg("a look for new versions that failed")
		}
	}
}

// tell tells people that looks fail, as of a run that has failed.
func (l *look) tell(ctx context.Context, job *jobs.Job, since time.Time, why error) error {
	clock, err := l.o.Ledger.Clock(ctx)
	if err != nil {
		return err
	}
	end := store.End{
		Job: job.Name, Tick: clock.Now, Trigger: store.OnVersion, State: store.Failed, Generation: l.generation,
		Reason: fmt.Sprintf("no look for new versions of project %s has come through since %s: %s", l.key.project, since.Format(time.RFC3339),
			why),
	}
	if tell := l.o.Notices.Failing; tell != nil {
		end.Deliveries = tell(job, end.Tick, end.Reason)
	}
	_, err = l.o.Ledger.TellLook(ctx, l.place(), end)
	return err
}

func (l *look) looked(job string, good bool) {
	if l.o.Looked != nil {
		l.o.Looked(job, good)
	}
}
