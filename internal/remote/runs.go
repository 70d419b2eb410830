package remote

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"speckle-runner/internal/pattern"
	"speckle-runner/internal/store"
)

// mostRuns is the most runs on one page of the API.
const mostRuns = 1000

// page is a list of runs.
type page []store.Run

func (p page) lacks() string {
	if p == nil { // null is no list without runs
		return "list of runs"
	}
	for i := range p {
		if missing := lacking(&p[i]); missing != "" {
			return missing
		}
	}
	return ""
}

// lacking names a field that every run has and that this one lacks; "": it lacks none.
func lacking(r *store.Run) string {
	switch {
	case r.Run == "":
		return "run"
	case r.Job == "":
		return "job"
	case r.State == "":
		return "state"
	}
	return ""
}

// Runs gives runs of the ledger, the newest tick first. Of the filter, the API knows Job,
// States, Before, Undelivered and Limit.
func (c *Client) Runs(ctx context.Context, f store.Filter) ([]store.Run, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = 100
	}
	query := url.Values{}
	if f.Job != "" {
		query.Set("job", f.Job)
	}
	for _, state := range f.States {
		query.Add("state", string(state))
	}
	if f.Undelivered {
		query.Set("undelivered", "true")
	}
	if !f.Before.IsZero() {
		query.Set("before", f.Before.UTC().Format(time.RFC3339Nano))
	}
	runs := []store.Run{}
	for {
		size := min(limit-len(runs), mostRuns)
		query.Set("limit", strconv.Itoa(size))
		var more page
		if err := c.ask(ctx, question{"list runs", http.MethodGet, []string{"runs"}, query}, &more); err != nil {
			return nil, err
		}
		more = more[:min(len(more), size)]
		runs = append(runs, more...)
		if len(more) < size || len(runs) == limit {
			return filled(runs), nil
		}
		query.Set("before", more[size-1].Run)
	}
}

// filled makes lists that an older server leaves out empty, as the ledger gives them.
func filled(runs []store.Run) []store.Run {
	for i := range runs {
		r := &runs[i]
		r.Files, r.Warnings = append([]store.File{}, r.Files...), append([]string{}, r.Warnings...)
		r.Deliveries = append([]store.RunDelivery{}, r.Deliveries...)
	}
	return runs
}

// whole is a run as /api/v1/runs/{run} gives it.
type whole struct {
	store.Whole

	Progress *Progress `json:"progress"`
}

func (w *whole) lacks() string { return lacking(&w.Run) }

// Progress is how far a running attempt is.
type Progress struct {
	Doing    string `json:"doing"`
	Pages    int    `json:"pages"`
	Records  int64  `json:"records"`
	Total    int64  `json:"total"` // below 0: not known
	Items    int    `json:"items"`
	AllItems int    `json:"all_items"`
}

// Run gives one run.
func (c *Client) Run(ctx context.Context, id string) (store.Run, error) {
	w, err := c.whole(ctx, "show "+id, id)
	return w.Run, err
}

// Whole gives a run with its attempts and its log.
func (c *Client) Whole(ctx context.Context, id string) (store.Whole, error) {
	w, err := c.whole(ctx, "show "+id, id)
	return w.Whole, err
}

func (c *Client) whole(ctx context.Context, doing, id string) (w whole, err error) {
	if _, _, err := store.ParseRunID(id); err != nil {
		return w, err
	}
	if err := c.ask(ctx, question{doing, http.MethodGet, []string{"runs", id}, nil}, &w); err != nil {
		return whole{}, runError(err, id)
	}
	w.Run = filled([]store.Run{w.Run})[0]
	w.Attempts = append([]store.Attempt{}, w.Attempts...)
	return w, nil
}

// runError makes the ledger's own refusals of what the server says about a run.
func runError(err error, id string) error {
	e, is := err.(*Error) //nolint:errorlint // ask's own, never wrapped
	switch {
	case !is:
	case e.Kind == Unknown:
		return fmt.Errorf("%w: %s", store.ErrNotFound, id)
	case e.Kind == Conflict:
		e.cause, e.What, e.Todo = store.ErrEnded, store.ErrEnded.Error(), ""
	}
	return err
}

var jobName = pattern.New(`^[a-z0-9][a-z0-9-]*$`)

// job is what is read of a job.
type job struct {
	Job string `json:"job"`
}

func (j *job) lacks() string {
	if j.Job == "" {
		return "job"
	}
	return ""
}

// Knows reports whether the server's job file has a job.
func (c *Client) Knows(ctx context.Context, name string) (bool, error) {
	if !jobName().MatchString(name) {
		return false, nil
	}
	err := c.ask(ctx, question{"look for job " + name, http.MethodGet, []string{"jobs", name}, nil}, new(job))
	if e, is := err.(*Error); is && e.Kind == Unknown { //nolint:errorlint // ask's own, never wrapped
		return false, nil
	}
	return err == nil, err
}

// Choose gives the named jobs, each once, and the names that no job has on the server.
func (c *Client) Choose(ctx context.Context, names []string) (chosen, unknown []string, err error) {
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		known, err := c.Knows(ctx, name)
		if err != nil {
			return nil, nil, err
		}
		if known {
			chosen = append(chosen, name)
		} else {
			unknown = append(unknown, name)
		}
	}
	return chosen, unknown, nil
}

// Jobs names the jobs of the server's job file, in its order.
func (c *Client) Jobs(ctx context.Context) ([]string, error) {
	var known []job
	if err := c.ask(ctx, question{"list jobs", http.MethodGet, []string{"jobs"}, nil}, &known); err != nil {
		return nil, err
	}
	var names []string
	for _, one := range known {
		if jobName().MatchString(one.Job) {
			names = append(names, one.Job)
		}
	}
	return slices.Clip(names), nil
}
