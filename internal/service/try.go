package service

import (
	"context"
	"fmt"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/said"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web/ui"
)

// trialRecords is how many records a page shows of a dry run.
const trialRecords = 50

// try makes a dry run for a page. It ends with the service.
func (v *serving) try(ctx context.Context, job *jobs.Job) ui.Trial {
	if v.ctx.Err() != nil {
		return ui.Trial{Error: "the service ends"}
	}
	v.trying.Add(1)
	defer v.trying.Done()
	ctx, cancel := context.WithTimeout(ctx, job.Timeout)
	defer cancel()
	defer context.AfterFunc(v.ctx, cancel)()
	began := time.Now()
	end := v.dryRun(ctx, Order{Job: job, Shown: trialRecords}, store.Version{}, nobody{})
	trial := ui.Trial{Took: time.Since(began), Pages: end.Result.Pages, Records: end.Result.Records, Sample: end.Result.Sample,
		Warnings: end.Result.Warnings, Error: end.Result.Error}
	for _, p := range end.Result.Plan {
		switch {
		case p.Webhook && p.Messages == 0:
			trial.Plan = append(trial.Plan, p.Target+": no message")
		case p.Webhook:
			trial.Plan = append(trial.Plan, p.Target+": "+said.Count(p.Messages, "message"))
		default:
			trial.Plan = append(trial.Plan, fmt.Sprintf("%s: %s", p.Target, said.Count(p.Records, "record")))
			if p.Latest != "" {
				trial.Plan = append(trial.Plan, p.Latest+": the newest")
			}
		}
	}
	return trial
}
