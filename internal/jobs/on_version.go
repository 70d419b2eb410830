package jobs

import (
	"fmt"
	"strings"
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

// When says when a job is due that has no time for it.
func (on *OnVersion) When() string {
	what := "any model of project " + on.Project
	switch len(on.Models) {
	case 0:
	case 1:
		what = "model " + on.Models[0]
	default:
		what = "the models " + strings.Join(on.Models, ", ")
	}
	return fmt.Sprintf("on a new version of %s, which is looked for every %s", what, PlainDuration(on.Every))
}

// lookNeeds is what a look for new versions needs.
var lookNeeds = sync.OnceValue(func() query.Needs {
	q, _ := query.Parse(`query New($project: String!) { project(id: $project) { versions(limit: 10) { items { id createdAt model { id } } } } }`)
	return q.Needs()
})
