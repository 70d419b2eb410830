package look

import (
	"slices"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle/query"
)

// Place is where a token is read, and for which server.
type Place struct {
	Source secret.Source
	Origin string
}

// PlaceOf gives the place of a job's token.
func PlaceOf(job *jobs.Job) Place { return Place{job.Token, job.Server.Origin()} }

// sharedNeeds gives what each token needs for all jobs that use it.
func sharedNeeds(file *jobs.File) map[Place]query.Needs {
	shared := map[Place]query.Needs{}
	for _, job := range file.Jobs {
		shared[PlaceOf(job)] = shared[PlaceOf(job)].Join(job.Needs())
	}
	return shared
}

// TokenNeeds is what one token needs, for all jobs that use it.
type TokenNeeds struct {
	Place

	Jobs  []string
	Needs query.Needs
}

// Tokens gives what the tokens of jobs need, in the order of the jobs, once for each
// place that a token is read from.
func Tokens(chosen []*jobs.Job) []*TokenNeeds {
	var tokens []*TokenNeeds
	for _, job := range chosen {
		i := slices.IndexFunc(tokens, func(t *TokenNeeds) bool { return t.Place == PlaceOf(job) })
		if i < 0 {
			i = len(tokens)
			tokens = append(tokens, &TokenNeeds{Place: PlaceOf(job)})
		}
		tokens[i].Jobs = append(tokens[i].Jobs, job.Name)
		tokens[i].Needs = tokens[i].Needs.Join(job.Needs())
	}
	return tokens
}
