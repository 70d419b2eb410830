package look

import (
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
