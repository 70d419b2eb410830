package arrivals

import (
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
)

// groupKey is what jobs have in common that share a look. The token is where it
// is read, not what it is.
type groupKey struct {
	endpoint string
	token    secret.Source
	project  string
}

// group are jobs that share a look.
type group struct {
	key        groupKey
	jobs       []*jobs.Job   // in the order of the file
	every      time.Duration // the shortest of theirs
	generation string        // of the job file

	next    time.Time // zero: at once
	busy    bool      // a look goes on
	trouble string    // why the last look failed, as it was logged; "": it didn't
}

// place names where a job looks: somewhere else its mark means nothing.
func (g *group) place() string { return g.key.endpoint + " " + g.key.project }

// groupsOf gives the jobs of a file that look, by what they share.
func groupsOf(file *jobs.File) map[groupKey]*group {
	groups := map[groupKey]*group{}
	for _, job := range file.Enabled() {
		if job.OnVersion == nil {
			continue
		}
		key := groupKey{job.Server.Endpoint(), job.Token, job.OnVersion.Project}
		g := groups[key]
		if g == nil {
			g = &group{key: key, every: job.OnVersion.Every, generation: file.Hash}
			groups[key] = g
		}
		g.jobs, g.every = append(g.jobs, job), min(g.every, job.OnVersion.Every)
	}
	return groups
}

// report logs when looks begin to fail, or fail of something else, and when that
// ends: not each try.
func (g *group) report(log zerolog.Logger, trouble string) {
	if trouble == g.trouble {
		return
	}
	g.trouble = trouble
	for _, job := range g.jobs {
		log := log.With().Str("job", job.Name).Str("project", g.key.project).Logger()
		if trouble == "" {
			log.Info().Msg("looks for new versions come through again")
			continue
		}
		log.Warn().Str("error", trouble).Msg("a look for new versions failed")
	}
}
