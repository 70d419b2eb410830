package web

import (
	"fmt"
	"net/http"
	"time"

	"speckle-runner/internal/jobs/choices"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
)

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
		return "", refuse(http.StatusConflict, job.Name+" has a run for each new version: which version should this one be for?",
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
