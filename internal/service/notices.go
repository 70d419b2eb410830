package service

import (
	"context"
	"sync"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// teller makes notices and heartbeats for the jobs of the file in force.
func (x *Service) teller() notify.Teller {
	return notify.Teller{Job: x.job, Log: func(job string, problem error) {
		x.log.Error().Str("job", job).Str("error", secret.Mask(problem.Error())).Msg("make a notification")
	}}
}

// owed gives the messages that an attempt's end makes due: those of a success, and
// those to send only if no other attempt follows this failure.
func (x *Service) owed(ctx context.Context, job *jobs.Job, c store.Claim, result *run.Result) (always, failure []owed.Message) {
	ctx = context.WithoutCancel(ctx) // people hear of a passed timeout, too
	t := x.teller()
	occasion := notify.Occasion{
		Job: job, Run: c.Run, Tick: c.Tick, Attempt: c.Attempt, Error: result.Error, Cause: result.Cause, Records: result.Records,
		Files: result.Files,
	}
	if result.State != run.Succeeded {
		return nil, t.Failed(ctx, occasion)
	}
	return t.Succeeded(ctx, occasion, result.Owed), nil
}

// Bounds on the heartbeat of a start: how long it is tried, and how long the end of
// its run waits for it. One that arrived after that of the end would say the wrong thing.
const (
	startBeatTimeout = 10 * time.Second
	startBeatWait    = 2 * time.Second
)

// beat sends the heartbeat of a start at once: it is the one message that isn't
// queued. wait waits for it a moment, then gives it up.
func (x *Service) beat(ctx context.Context, job *jobs.Job, c store.Claim) (wait func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startBeatTimeout)
	var pings sync.WaitGroup
	for _, m := range notify.Heartbeats(notify.Occasion{Job: job, Run: c.Run, Attempt: c.Attempt}, "/start") {
		pings.Go(func() {
			redactor, forget := x.logs.Redactor.Lend()
			defer forget()
			_, err := message.Deliver(ctx, m, message.Sending{Tick: c.Tick, UserAgent: x.runner.UserAgent, Redactor: redactor})
			if err != nil {
				x.log.Warn().Str("job", job.Name).Str("error", redactor.Text(err.Error())).Msg("heartbeat /start")
			}
		})
	}
	return func() {
		defer time.AfterFunc(startBeatWait, cancel).Stop()
		pings.Wait()
		cancel()
	}
}
