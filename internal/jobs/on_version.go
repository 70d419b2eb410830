package jobs

import (
	"sync"
	"time"

	"speckle-runner/internal/speckle/query"
)

// OnVersion says for which new versions a job has a run each.
type OnVersion struct {
	Project string
	Models  []string // nil: all of the project
	Every   time.Duration
	Settle  time.Duration // how long a model is quiet before its newest is taken; 0: each version is
}

// HasVersion reports whether each run of the job, other than by hand, is of a
// version: it is due for nothing else.
func (j *Job) HasVersion() bool { return j.OnVersion != nil && len(j.Schedules) == 0 }

// lookNeeds is what a look for new versions needs.
var lookNeeds = sync.OnceValue(func() query.Needs {
	q, _ := query.Parse(`query New($project: String!) { project(id: $project) { versions(limit: 10) { items { id createdAt model { id } } } } }`)
	return q.Needs()
})
