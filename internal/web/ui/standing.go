package ui

import (
	"context"
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/store/history"
)

// lateAfter is from when on a tick that hasn't begun is late.
const lateAfter = 90 * time.Second

// known is what the ledger and the scheduler know of all jobs at one moment:
// asked once for a page, however many jobs there are.
type known struct {
	now      time.Time
	jobs     []*jobs.Job
	stands   map[string]history.Standing
	underway map[string]history.Point
	retrying map[string]time.Time
	lost     map[string]int64 // outputs and notices that were given up, by job
	waiting  map[string]history.Waiting
	next     map[string]time.Time
	is       map[string]condition // by job
}

const (
	// manyJobs is from where on what is known of all jobs is kept for a moment:
	// asking about thousands takes longer than a page may.
	manyJobs = 1000
	// knownFor is how old that may be before it is asked anew, beside the page;
	// knownMost before the page waits for it.
	knownFor  = 3 * time.Second
	knownMost = time.Minute
	// askFor bounds asking beside a page.
	askFor = 30 * time.Second
)

// knowledge keeps what is known of many jobs.
type knowledge struct {
	mu     sync.Mutex
	last   *known
	asking bool
}

// know asks about all jobs.
func (u *UI) know(ctx context.Context) (*known, error) {
	all := u.o.Scheduler.File().Jobs
	if len(all) < manyJobs {
		return u.learn(ctx, all)
	}
	now := u.now()
	u.knowledge.mu.Lock()
	defer u.knowledge.mu.Unlock()
	last := u.knowledge.last
	if last == nil || now.Sub(last.now) > knownMost || len(last.jobs) != len(all) || last.jobs[0] != all[0] {
		k, err := u.learn(ctx, all)
		if err == nil {
			u.knowledge.last = k
		}
		return k, err
	}
	if now.Sub(last.now) > knownFor && !u.knowledge.asking {
		u.knowledge.asking = true
		go u.learnBeside(context.WithoutCancel(ctx), all)
	}
	return last, nil
}

// learnBeside asks anew while pages show what was known before.
func (u *UI) learnBeside(ctx context.Context, all []*jobs.Job) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	k, err := u.learn(ctx, all)
	u.knowledge.mu.Lock()
	defer u.knowledge.mu.Unlock()
	if u.knowledge.asking = false; err == nil {
		u.knowledge.last = k
	}
}

// knowOne asks about one job.
func (u *UI) knowOne(ctx context.Context, job *jobs.Job) (*known, error) {
	return u.learn(ctx, []*jobs.Job{job}, job.Name)
}

func (u *UI) learn(ctx context.Context, all []*jobs.Job, only ...string) (*known, error) {
	k := &known{now: u.now(), jobs: all, lost: map[string]int64{}, waiting: map[string]history.Waiting{}}
	var err error
	if k.stands, err = u.o.Store.Standings(ctx, only...); err != nil {
		return nil, err
	}
	if k.underway, err = u.o.Store.Underway(ctx); err != nil {
		return nil, err
	}
	if k.retrying, err = u.o.Store.Retrying(ctx); err != nil {
		return nil, err
	}
	lost, err := u.o.Store.GivenUp(ctx)
	if err != nil {
		return nil, err
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
		return nil, err
	}
	for _, w := range waiting {
		if wanted(w.Job) {
			k.waiting[w.Job] = w
		}
	}
	k.next, k.is = make(map[string]time.Time, len(k.jobs)), make(map[string]condition, len(k.jobs))
	for _, job := range k.jobs {
		k.next[job.Name] = u.o.Scheduler.Next(job.Name)
		k.is[job.Name] = k.judge(job)
	}
	return k, nil
}

// condition is how a job is, the worst of what is true of it.
type condition int

// The conditions of a job, the most urgent first.
const (
	failing condition = iota
	undelivered
	late
	retrying
	running
	fine
	fresh // nothing to tell yet
	off
)

// conditions in the words of pages, by condition.
var conditions = [...]struct{ word, mark string }{
	failing: {"Failing", "failed"}, undelivered: {"Undelivered", "undelivered"}, late: {"Late", "late"}, retrying: {"Tried again", "retrying"},
	running: {"Running", "running"}, fine: {"Good", "succeeded"}, fresh: {"No run yet", "scheduled"}, off: {"Disabled", "off"},
}

// of gives a job's condition.
func (k *known) of(job *jobs.Job) condition { return k.is[job.Name] }

func (k *known) judge(job *jobs.Job) condition {
	stands, ran := k.stands[job.Name]
	_, runs := k.underway[job.Name]
	_, again := k.retrying[job.Name]
	switch {
	case job.Disabled:
		return off
	case again:
		return retrying
	case ran && bad(stands.State):
		return failing
	case k.lost[job.Name] > 0:
		return undelivered
	case k.late(job):
		return late
	case runs:
		return running
	case !ran || stands.State != store.Succeeded && stands.Good.IsZero():
		return fresh
	}
	return fine
}

// late says whether a job's tick has passed and nobody has taken it.
func (k *known) late(job *jobs.Job) bool {
	next := k.next[job.Name]
	return !next.IsZero() && k.now.Sub(next) > lateAfter
}
