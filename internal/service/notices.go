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

// teller makes what people are told with.
func (x *Service) teller() notify.Teller {
	return notify.Teller{Job: x.job, Log: func(job string, problem error) {
		x.log.Error().Str("job", job).Str("error", secret.Mask(problem.Error())).Msg("make a notification")
	}}
}

// owed gives what a run's end is told with, should this attempt be its end: in
// any case, and only if the run has failed then.
func (x *Service) owed(ctx context.Context, job *jobs.Job, c store.Claim, result *run.Result) (always, failure []owed.Message) {
	ctx = context.WithoutCancel(ctx) // a passed timeout is told, too
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

// Bounds on the ping at a start: how long it is tried, and how long the end
// of its run waits for it. One that came after the end would say the wrong
// thing.
const (
	startBeatTimeout = 10 * time.Second
	startBeatWait    = 2 * time.Second
)

// beat says at once that a run starts: it is the one message that isn't
// queued. The function that it gives waits for it, and gives up on it.
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
