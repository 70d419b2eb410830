package web

import (
	"time"

	"speckle-runner/internal/jobs"
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

func (s *Server) records(some []*jobs.Job, latest map[string]store.Latest) []jobRecord {
	all := []jobRecord{}
	for _, job := range some {
		all = append(all, s.record(job, latest[job.Name]))
	}
	return all
}
