package run

import (
	"context"
	"net/http"

	"speckle-runner/internal/output"
	"speckle-runner/internal/speckle"
)

// Runner holds what all runs of a process share. It is safe for use by several
// goroutines.
type Runner struct {
	Dir       *output.Dir       // where files are published
	Limiters  *speckle.Limiters // one request rate for each server and token
	Transport *http.Transport   // connections to servers
	UserAgent string
	// Told gives who is told of the requests of a job; nil: nobody.
	Told func(job string) speckle.Told
}

// RequestsOf gives who is told of a job's requests.
func (r *Runner) RequestsOf(job string) speckle.Told {
	if r.Told == nil {
		return speckle.Told{}
	}
	return r.Told(job)
}

// Execute runs one attempt. It gives a result for every outcome, also for a
// panic.
func (r *Runner) Execute(ctx context.Context, req Request) *Result {
	ctx, cancel := context.WithTimeoutCause(ctx, req.Job.Timeout, &timeoutError{req.Job.Timeout})
	defer cancel()
	return newAttempt(r, req).execute(ctx)
}

// Forget removes what a run's attempts have kept for the next one: there is
// none.
func (r *Runner) Forget(run string) { r.Dir.DropParts(run) }
