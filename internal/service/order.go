package service

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// Order is one run that somebody asks for by hand.
type Order struct {
	Job          *jobs.Job
	Tick         time.Time     // zero: the moment that the run starts
	Version      string        // id of the version that the run is of, and has its tick from; "": of none
	Trigger      store.Trigger // "": by hand
	Force        bool          // also while the job is running
	AcceptShrink bool          // somebody said that fewer records are right this time
	DeliverFor   time.Duration // how long a receiver may take nothing
	Shown        int           // records that a dry run shows; 0: a few
	Label        string        // of the run where it is shown; "" is the job's name
}

// orderedVersion gives the version that a run by hand is to be of; zero: of none. It
// sets the order's tick to that of the version's run: the one in the ledger, else a new one.
func (x *Service) orderedVersion(ctx context.Context, o *Order, shown RunObserver) (v store.Version, err error) {
	switch {
	case o.Version != "":
		shown.Doing("looking for the version")
		v, err = x.findVersion(ctx, o.Job, o.Version)
		if err == nil {
			o.Tick, err = x.tickOf(ctx, o.Job, v)
		}
	case x.dry && x.ledger != nil && !o.Tick.IsZero(): // attempts that aren't dry ask for it themselves
		v, _, err = x.ledger.VersionOf(ctx, o.Job.Name, o.Tick)
	}
	return v, err
}

// tickOf gives the tick of a version's run. It refuses a version that was made in the
// future: nothing is written about a time that hasn't come.
func (x *Service) tickOf(ctx context.Context, job *jobs.Job, v store.Version) (time.Time, error) {
	if x.dry {
		return v.Created, nil
	}
	now, err := x.ledger.Moment(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if v.Created.After(now.Add(time.Millisecond)) {
		return time.Time{}, fmt.Errorf("version %s was made at %s by the server's clock, and here it is %s: is a clock wrong? "+
			"Its run can begin once that time has come",
			v.ID, v.Created.Format(time.RFC3339Nano), now.Format(time.RFC3339Nano))
	}
	ticks, err := x.ledger.VersionTicks(ctx, job.Name, []store.Version{v})
	if err != nil {
		return time.Time{}, err
	}
	return ticks[0], nil
}

// findVersion asks the server, with the job's own token, for the version with an id.
func (x *Service) findVersion(ctx context.Context, job *jobs.Job, id string) (store.Version, error) {
	project, models, err := versionsOf(job)
	if err != nil {
		return store.Version{}, err
	}
	client, done, err := x.clientFor(ctx, job, 0)
	if err != nil {
		return store.Version{}, err
	}
	defer done()
	found, err := version.Named(ctx, client, project, id)
	if err != nil {
		return store.Version{}, fmt.Errorf("version %s of project %s: %w", id, project, err)
	}
	if len(models) > 0 && !slices.Contains(models, found.Model) {
		return store.Version{}, fmt.Errorf("version %s is of model %s, and the job is about %s", id, found.Model, strings.Join(models, ", "))
	}
	made, err := time.Parse(time.RFC3339, found.CreatedAt)
	if err != nil {
		return store.Version{}, fmt.Errorf("version %s was made at %q: %w", id, found.CreatedAt, err)
	}
	return store.Version{ID: found.ID, Model: found.Model, Created: made.UTC()}, nil
}

// versionsOf gives the project and the models that a job's versions are of; no model: any.
func versionsOf(job *jobs.Job) (project string, models []string, err error) {
	if job.OnVersion != nil {
		return job.OnVersion.Project, job.OnVersion.Models, nil
	}
	now := time.Now().UTC()
	values := placeholder.Values{Job: job.Name, Run: store.RunID(job.Name, now), Tick: now, Zone: job.Zone}
	if project, err = job.Elements.Project.Expand(values, placeholder.Variable); err != nil {
		return "", nil, fmt.Errorf("elements: project: %w", err)
	}
	model, err := job.Elements.Model.Expand(values, placeholder.Variable)
	if err != nil {
		return "", nil, fmt.Errorf("elements: model: %w", err)
	}
	return project, []string{model}, nil
}
