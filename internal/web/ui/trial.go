package ui

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/web/ui/preview"
)

const (
	// trialsAtOnce bounds dry runs: the real ones come first.
	trialsAtOnce = 2
	// trialsKept is how many results stay to be looked at.
	trialsKept = 20
)

// trials are dry runs that somebody asked for by a button. They live in this
// process only: a dry run leaves no trace.
type trials struct {
	mu  sync.Mutex
	all []*trial // the newest last
}

type trial struct {
	job   string
	began time.Time
	done  chan struct{}
	told  Trial // once done is closed
}

// begin starts a dry run of a job unless one goes on, and says whether it could.
func (t *trials) begin(ctx context.Context, job *jobs.Job, now time.Time, try func(context.Context, *jobs.Job) Trial) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	busy := 0
	for _, one := range t.all {
		select {
		case <-one.done:
			continue
		default:
		}
		if busy++; one.job == job.Name {
			return true
		}
	}
	if busy >= trialsAtOnce {
		return false
	}
	one := &trial{job: job.Name, began: now, done: make(chan struct{})}
	t.all = append(t.all, one)
	t.all = t.all[max(0, len(t.all)-trialsKept):]
	go func() {
		defer close(one.done)
		one.told = try(ctx, job)
	}()
	return true
}

// newest gives the last dry run of a job, nil for none.
func (t *trials) newest(job string) *trial {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, one := range slices.Backward(t.all) {
		if one.job == job {
			return one
		}
	}
	return nil
}

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
	page := &trialPage{Job: job.Name, Buttons: !u.o.ReadOnly && u.o.Try != nil}
	if one := u.trials.newest(job.Name); one == nil {
		page.None = true
	} else {
		select {
		case <-one.done:
			page.Told, page.Took = one.told, figures.Took(one.told.Took)
			page.Table = preview.Records(one.told.Sample)
			if one.told.Error != "" {
				page.Advice = advice("", one.told.Error, job)
			}
		default:
			page.Going, page.Since = true, span(u.now().Sub(one.began))
		}
	}
	return u.render(w, http.StatusOK, "trial.html", frame{Title: "Dry run of " + job.Name, Here: "/jobs", Page: page})
}
