package ui

import (
	"context"
	"maps"
	"slices"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store/history"
)

const (
	// manyJobs is from where on what is known of all jobs is kept: asking anew
	// about thousands takes longer than a page may.
	manyJobs = 1000
	// knownFor is how old that may be before a page asks what has changed since.
	knownFor = 3 * time.Second
	// keptFor is how old it may be before it is asked anew as a whole: rows may
	// have been pruned meanwhile, and clocks set.
	keptFor = time.Hour
	// settled is from when on no run is written any more that ended before it.
	settled = 5 * time.Minute
	// keepEvery is how often it is renewed when nobody looks, so that the first
	// page of a morning needn't ask about a whole night.
	keepEvery = time.Minute
)

// know asks about all jobs.
func (u *UI) know(ctx context.Context) (*known, error) {
	all := u.o.Scheduler.File().Jobs
	if len(all) < manyJobs {
		return u.learn(ctx, all)
	}
	u.knowledge.mu.Lock()
	defer u.knowledge.mu.Unlock()
	now, last := u.now(), u.knowledge.last
	if last == nil || now.Sub(u.knowledge.whole).Abs() > keptFor {
		k, err := u.learn(ctx, all)
		if err == nil {
			u.knowledge.last, u.knowledge.whole = k, now
		}
		return k, err
	}
	if now.Sub(last.now).Abs() <= knownFor && len(last.jobs) == len(all) && last.jobs[0] == all[0] {
		return last, nil
	}
	k, err := u.renew(ctx, all, last)
	if err == nil {
		u.knowledge.last = k
	}
	return k, err
}

// Keep has what is known of many jobs at hand until ctx ends.
func (u *UI) Keep(ctx context.Context) {
	ticker := time.NewTicker(keepEvery)
	defer ticker.Stop()
	for {
		if len(u.o.Scheduler.File().Jobs) >= manyJobs {
			if _, err := u.know(ctx); err != nil && ctx.Err() == nil {
				u.o.Log.Debug().Err(err).Msg("the overview is asked for anew when somebody looks")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// knowOne asks about one job.
func (u *UI) knowOne(ctx context.Context, job *jobs.Job) (*known, error) {
	return u.learn(ctx, []*jobs.Job{job}, job.Name)
}

// learn asks about jobs: about all, or only the named ones.
func (u *UI) learn(ctx context.Context, all []*jobs.Job, only ...string) (*known, error) {
	k := &known{now: u.now(), jobs: all}
	clock, err := u.o.Store.Clock(ctx)
	if err != nil {
		return nil, err
	}
	k.asked = clock.Now
	if k.stands, err = u.o.Store.Standings(ctx, only...); err != nil {
		return nil, err
	}
	if err := u.learnRest(ctx, k, only); err != nil {
		return nil, err
	}
	u.judgeAll(k)
	return k, nil
}

// renew asks about all jobs of which a run has ended, begun or been taken up again
// since they were last asked about. What is known of the others holds.
func (u *UI) renew(ctx context.Context, all []*jobs.Job, last *known) (*known, error) {
	k := &known{now: u.now(), jobs: all}
	clock, err := u.o.Store.Clock(ctx)
	if err != nil {
		return nil, err
	}
	k.asked = clock.Now
	since := last.asked
	if since.After(clock.Now) { // a clock was set back
		since = clock.Now
	}
	ended, err := u.o.Store.EndedSince(ctx, since.Add(-settled))
	if err != nil {
		return nil, err
	}
	var moved []string
	for job, at := range ended {
		if !last.stands[job].Finished.Equal(at) { // else it is known
			moved = append(moved, job)
		}
	}
	if err := u.learnRest(ctx, k, nil); err != nil {
		return nil, err
	}
	for _, then := range []*known{last, k} {
		moved = slices.AppendSeq(moved, maps.Keys(then.underway))
		moved = slices.AppendSeq(moved, maps.Keys(then.retrying))
	}
	slices.Sort(moved)
	moved = slices.Compact(moved)
	k.stands = maps.Clone(last.stands)
	if len(moved) > 0 {
		stand, err := u.o.Store.Standings(ctx, moved...)
		if err != nil {
			return nil, err
		}
		for _, name := range moved {
			delete(k.stands, name)
		}
		maps.Copy(k.stands, stand)
	}
	u.judgeAll(k)
	return k, nil
}

// learnRest asks what else there is about jobs than how they stand.
func (u *UI) learnRest(ctx context.Context, k *known, only []string) error {
	k.lost, k.waiting = map[string]int64{}, map[string]history.Waiting{}
	var err error
	if k.underway, err = u.o.Store.Underway(ctx); err != nil {
		return err
	}
	if k.retrying, err = u.o.Store.Retrying(ctx); err != nil {
		return err
	}
	lost, err := u.o.Store.GivenUp(ctx)
	if err != nil {
		return err
	}
	wanted := func(job string) bool { return len(only) == 0 || slices.Contains(only, job) }
	for _, g := range lost {
		if !wanted(g.Job) {
			continue
		}
		k.lost[g.Job] += g.Messages
	}
	waiting, err := u.o.Store.Waiting(ctx)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		if wanted(w.Job) {
			k.waiting[w.Job] = w
		}
	}
	return nil
}

// judgeAll says of each job how it is.
func (u *UI) judgeAll(k *known) {
	k.next, k.is = make(map[string]time.Time, len(k.jobs)), make(map[string]condition, len(k.jobs))
	for _, job := range k.jobs {
		k.next[job.Name] = u.o.Scheduler.Next(job.Name)
		k.is[job.Name] = k.judge(job)
	}
}
