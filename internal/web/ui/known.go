package ui

import (
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
	asked    time.Time // the same moment by the database's clock
	jobs     []*jobs.Job
	stands   map[string]history.Standing
	underway map[string]history.Point
	retrying map[string]time.Time
	lost     map[string]int64 // outputs and notices that were given up, by job
	waiting  map[string]history.Waiting
	next     map[string]time.Time
	is       map[string]condition // by job
}

// knowledge keeps what is known of many jobs.
type knowledge struct {
	mu    sync.Mutex
	last  *known
	whole time.Time // when all jobs were last asked about
}

// condition is how a job is, the worst of what is true of it.
type condition int

// The conditions of a job, the most urgent first.
const (
	stuck condition = iota
	failing
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
	stuck: {"Stuck", "failed"}, failing: {"Failing", "failed"}, undelivered: {"Undelivered", "undelivered"}, late: {"Late", "late"},
	retrying: {"Tried again", "retrying"}, running: {"Running", "running"}, fine: {"Good", "succeeded"},
	fresh: {"No run yet", "scheduled"}, off: {"Disabled", "off"},
}

// of gives a job's condition.
func (k *known) of(job *jobs.Job) condition { return k.is[job.Name] }

func (k *known) judge(job *jobs.Job) condition {
	stands, ran := k.stands[job.Name]
	_, runs := k.underway[job.Name]
	_, again := k.retrying[job.Name]
	switch {
	case k.stuck(job):
		return stuck
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

// stuck says whether a run goes on although its timeout is over: it ends at once then,
// but where what it works on doesn't answer, as a disk across a network that is gone.
func (k *known) stuck(job *jobs.Job) bool {
	p, runs := k.underway[job.Name]
	return runs && !p.StartedAt.IsZero() && k.asked.Sub(p.StartedAt) > job.StuckAfter()
}

// late says whether a job's tick has passed and nobody has taken it.
func (k *known) late(job *jobs.Job) bool {
	next := k.next[job.Name]
	return !next.IsZero() && k.now.Sub(next) > lateAfter
}
