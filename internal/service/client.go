package service

import (
	"context"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/tokens"
)

// clientFor makes a client with a job's own token, for questions outside of its runs.
// done closes it and forgets the token. tries is how often a request is tried; 0: as in a run.
func (x *Service) clientFor(ctx context.Context, job *jobs.Job, tries int) (client *speckle.Client, done func(), err error) {
	token, err := tokens.Read(ctx, job.Token)
	if err != nil {
		return nil, nil, &run.TokenError{Err: err}
	}
	redactor, forget := x.logs.Redactor.Lend()
	redactor.Add(token)
	client = speckle.NewClient(speckle.Options{
		Server: job.Server, Token: token, UserAgent: x.runner.UserAgent, Limiters: x.runner.Limiters, Base: x.runner.Transport,
		Log: x.logs.Logger(redactor, nil), Redactor: redactor, Tries: tries,
		Observer: x.runner.ObserverOf(job.Name),
	})
	return client, func() { client.Close(); forget() }, nil
}
