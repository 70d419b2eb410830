package web

import (
	"fmt"
	"net/http"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// jobRecord is a job as the API tells it: docs/design.md, commands.
type jobRecord struct {
	Job         string     `json:"job"`
	Description string     `json:"description"`
	Schedule    []string   `json:"schedule"`
	OnVersion   *onVersion `json:"on_version,omitempty"` // absent: it isn't due for versions
	Timezone    string     `json:"timezone"`
	NextTick    *time.Time `json:"next_tick"`    // null: manual, disabled or never
	LastRun     *runDigest `json:"last_run"`     // that has begun or ended
	LastSuccess *runDigest `json:"last_success"` // null: none in the ledger
	Disabled    bool       `json:"disabled"`
	Preflight   *Preflight `json:"preflight,omitempty"` // absent: the token wasn't asked about yet
}

// onVersion is whose new versions make a job due.
type onVersion struct {
	Project string   `json:"project"`
	Models  []string `json:"models"` // null: all of the project
	Every   string   `json:"every"`
	Settle  string   `json:"settle"`
}

func onVersionOf(job *jobs.Job) *onVersion {
	on := job.OnVersion
	if on == nil {
		return nil
	}
	return &onVersion{Project: on.Project, Models: on.Models, Every: jobs.PlainDuration(on.Every), Settle: jobs.PlainDuration(on.Settle)}
}

// runDigest is what a list of jobs tells of a run. Its names mean what they
// mean in a whole run, which /api/v1/runs/{run} gives.
type runDigest struct {
	Run        string        `json:"run"`
	Tick       time.Time     `json:"tick"`
	State      store.State   `json:"state"`
	Attempt    int           `json:"attempt"`
	Trigger    store.Trigger `json:"trigger"`
	StartedAt  *time.Time    `json:"started_at"`
	FinishedAt *time.Time    `json:"finished_at"`
	Records    int64         `json:"records"`
	Error      string        `json:"error"`
}

func digest(run *store.Run) *runDigest {
	if run == nil {
		return nil
	}
	return &runDigest{
		Run: run.Run, Tick: run.Tick, State: run.State, Attempt: run.Attempt, Trigger: run.Trigger,
		StartedAt: run.StartedAt, FinishedAt: run.FinishedAt, Records: run.Records, Error: run.Error,
	}
}

func (s *Server) record(job *jobs.Job, latest store.Latest) jobRecord {
	return jobRecord{
		Preflight: s.preflight(job.Name), Job: job.Name, Description: secret.Mask(job.Description),
		Schedule: append([]string{}, job.Schedules...), OnVersion: onVersionOf(job),
		Timezone: job.Zone.String(), NextTick: whenSet(s.o.Scheduler.Next(job.Name)),
		LastRun: digest(latest.Run), LastSuccess: digest(latest.Success), Disabled: job.Disabled,
	}
}

// jobs lists the jobs of the file in force, in its order; in pages by name, which
// another file in between doesn't change.
func (s *Server) jobs(r *http.Request) (reply[[]jobRecord], error) {
	given := r.URL.Query()
	if err := once(given, "limit", "cursor"); err != nil {
		return reply[[]jobRecord]{}, err
	}
	if given.Get("limit") != "" || given.Get("cursor") != "" {
		return s.jobsPage(r, given)
	}
	latest, err := s.o.Store.Latest(r.Context())
	if err != nil {
		return reply[[]jobRecord]{}, err
	}
	return ok(s.records(s.o.Scheduler.File().Jobs, latest))
}

func (s *Server) records(some []*jobs.Job, latest map[string]store.Latest) []jobRecord {
	all := []jobRecord{}
	for _, job := range some {
		all = append(all, s.record(job, latest[job.Name]))
	}
	return all
}

func (s *Server) job(r *http.Request) (reply[jobRecord], error) {
	name := r.PathValue("job")
	job := s.o.Scheduler.Job(name)
	if job == nil {
		return reply[jobRecord]{}, unknownJob(name)
	}
	last, err := s.o.Store.LastRun(r.Context(), name)
	if err != nil {
		return reply[jobRecord]{}, err
	}
	success, err := s.o.Store.LastSuccess(r.Context(), name, time.Time{})
	if err != nil {
		return reply[jobRecord]{}, err
	}
	return ok(s.record(job, store.Latest{Run: last, Success: success}))
}

// start queues a run of a job now.
func (s *Server) start(r *http.Request) (reply[startedRun], error) {
	name := r.PathValue("job")
	run, err := s.startNow(r, name)
	if err != nil {
		return reply[startedRun]{}, err
	}
	s.o.Log.Info().Str("job", name).Str("run", run).Str("from", r.RemoteAddr).Msg("a run was asked for by the API")
	answer, err := accepted(startedRun{run})
	answer.header = http.Header{"Location": {"/api/v1/runs/" + run}}
	return answer, err
}

// startNow queues a run of a job; of a disabled one too, as `runner run JOB`
// does. Where its overlap rule would make that run a skipped one, because
// another is running, nothing is queued.
func (s *Server) startNow(r *http.Request, name string) (string, error) {
	job := s.o.Scheduler.Job(name)
	if job == nil {
		return "", unknownJob(name)
	}
	if job.NeedsVersion() {
		return "", refuse(http.StatusConflict, job.Name+" has a run for each new version: for which is this one to be?",
			"runner run "+job.Name+" --version ID makes one by hand; a new version makes one by itself")
	}
	if job.Overlap == choices.OverlapSkip {
		running, err := s.o.Store.Runs(r.Context(), store.Filter{Job: name, States: []store.State{store.Running}, Limit: 1})
		if err != nil {
			return "", err
		}
		if len(running) > 0 {
			busy := refuse(http.StatusConflict, "the job is running: "+running[0].Run,
				"wait for its end or cancel it; a job with overlap: queue takes one more")
			busy.Run = running[0].Run
			return "", busy
		}
	}
	return s.o.Scheduler.Start(r.Context(), name, store.API)
}

// startedRun names the run that a request is about.
type startedRun struct {
	Run string `json:"run"`
}

func unknownJob(name string) error {
	return fmt.Errorf("%w: %s", scheduler.ErrUnknown, shown(name))
}
