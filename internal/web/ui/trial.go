package ui

import (
	"context"
	"fmt"
	"net/http"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/web/ui/preview"
)

// trialPage is a dry run, while it goes on and after.
type trialPage struct {
	Job     string
	Busy    bool // too many others go on
	None    bool // nobody has asked for one
	Going   bool
	Since   string
	Took    string
	Told    Trial
	Table   preview.Table
	Advice  string
	Buttons bool
}

func (u *UI) startTrial(w http.ResponseWriter, r *http.Request) error {
	job := u.o.Scheduler.Job(r.PathValue("job"))
	if job == nil || u.o.Try == nil {
		return fmt.Errorf("%w: %s", scheduler.ErrUnknown, r.PathValue("job"))
	}
	if !u.trials.begin(context.WithoutCancel(r.Context()), job, u.now(), u.o.Try) {
		return u.render(w, http.StatusTooManyRequests, "trial.html",
			frame{Title: "Dry run of " + job.Name, Here: "/jobs", Page: &trialPage{Job: job.Name, Busy: true, Buttons: true}})
	}
	http.Redirect(w, r, "/jobs/"+job.Name+"/try", http.StatusSeeOther) //nolint:gosec // the job file has this job
	return nil
}

func (u *UI) trial(w http.ResponseWriter, r *http.Request) error {
	job := u.o.Scheduler.Job(r.PathValue("job"))
	if job == nil {
		return fmt.Errorf("%w: %s", scheduler.ErrUnknown, r.PathValue("job"))
	}
	page := &trialPage{Job: job.Name, Buttons: u.canStart(job) && u.o.Try != nil}
	if one := u.trials.newest(job.Name); one == nil {
		page.None = true
	} else {
		select {
		case <-one.done:
			page.Told, page.Took = one.told, figures.Took(one.told.Took)
			page.Table = preview.Records(one.told.Sample)
			if one.told.Error != "" {
				page.Advice = trialAdvice(one.told.Error, job)
			}
		default:
			page.Going, page.Since = true, span(u.now().Sub(one.began))
		}
	}
	return u.render(w, http.StatusOK, "trial.html", frame{Title: "Dry run of " + job.Name, Here: "/jobs", Page: page})
}
