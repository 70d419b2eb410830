package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
)

// noteTokenEnds writes down when a token ends.
func (x *Service) noteTokenEnds(ctx context.Context, job *jobs.Job, id string, at time.Time) {
	if x.ledger == nil || id == "" {
		return
	}
	if err := x.ledger.NoteTokenEnds(ctx, job.Server.Origin(), id, at); err != nil && ctx.Err() == nil {
		x.log.Warn().Str("job", job.Name).Str("error", err.Error()).Msg("remember when the token ends")
	}
}

// tokenEnds gives what looks up when a token of the job's server ends; zero: not known.
func (x *Service) tokenEnds(ctx context.Context, job *jobs.Job) func(id string) time.Time {
	return func(id string) time.Time {
		if x.ledger == nil || id == "" {
			return time.Time{}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second) // it only makes an error's text better
		defer cancel()
		ends, err := x.ledger.TokenEnds(ctx, job.Server.Origin(), id)
		if err != nil {
			x.log.Debug().Str("job", job.Name).Str("error", err.Error()).Msg("look when the token ends")
		}
		return ends
	}
}
