package web

import (
	"fmt"
	"net/http"
	"time"

	"speckle-runner/internal/secret"
)

// lateLoop is from when on the tick loop counts as stuck. It goes round every
// 30 s at the least.
const lateLoop = 90 * time.Second

// loopHealth is what /healthz answers. Error and Hint are left out of a good one.
type loopHealth struct {
	Status string `json:"status"` // "starting", "ok", "late", or "lost": the ledger's file is gone
	// LoopAge is how long ago the tick loop last went round with the database
	// answering; null before the first time.
	LoopAge *float64 `json:"loop_age_seconds"`
	// Overdue counts jobs whose tick has passed for longer than that.
	Overdue int    `json:"overdue_jobs"`
	Error   string `json:"error,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

// loop judges the tick loop: an HTTP server that answers proves nothing about
// whether jobs are run.
func (s *Server) loop() loopHealth {
	now := s.o.Now()
	health := loopHealth{Status: "ok"}
	last := s.o.Scheduler.Looped()
	if last.IsZero() {
		health.Status, last = "starting", s.began
	}
	// Round drops the monotonic clock, which stands still in a suspended machine.
	age := max(0, now.Round(0).Sub(last.Round(0)))
	if health.Status == "ok" {
		health.LoopAge = new(age.Seconds())
	}
	for _, job := range s.o.Scheduler.File().Jobs {
		if next := s.o.Scheduler.Next(job.Name); !next.IsZero() && now.Sub(next) > lateLoop {
			health.Overdue++
		}
	}
	if err := s.o.Store.Displaced(); err != nil {
		health.Status, health.Error = "lost", "the ledger's file was removed or replaced"
		health.Hint = "this serve ends by itself, and has to be started again; see its log"
		return health
	}
	if age <= lateLoop {
		return health
	}
	health.Status = "late"
	health.Error = fmt.Sprintf("the tick loop has not gone round for %s", age.Round(time.Second))
	health.Hint = "see the log of `runner serve`"
	if since, down := s.o.Store.Down(); down {
		health.Hint = "the database has not answered since " + since.UTC().Format(time.RFC3339) + ": ticks wait for it"
	}
	return health
}

func (s *Server) healthz(*http.Request) (reply, error) {
	health := s.loop()
	status := http.StatusOK
	if health.Status == "late" || health.Status == "lost" {
		status = http.StatusServiceUnavailable
	}
	return reply{status: status, body: health}, nil
}

// readiness is what /readyz answers. A bad newer job file doesn't end it: the
// one in force still runs.
type readiness struct {
	Status   string `json:"status"`   // "ready" or "not ready"
	Database string `json:"database"` // "ok", or what is wrong
	JobFile  string `json:"job_file"` // "ok", "none in force", "a newer one is refused" or, of several, "2 of several refused"
	// ReloadError says why the newest job file is refused, "" if it isn't. Only
	// who may use the API is told: it quotes the file.
	ReloadError string `json:"reload_error"`
	Error       string `json:"error,omitempty"`
	Hint        string `json:"hint,omitempty"`
}

func (s *Server) readyz(r *http.Request) (reply, error) {
	ready := readiness{Status: "ready", Database: "ok", JobFile: "ok"}
	authorized := s.authorized(r)
	if reload := s.o.Reload(); reload.Error != "" {
		ready.JobFile = "a newer one is refused"
		if n := len(reload.Refused); n > 0 {
			ready.JobFile = fmt.Sprintf("%d of several refused", n)
		}
		if authorized {
			ready.ReloadError = secret.Mask(reload.Error)
		}
	}
	if s.o.Scheduler.File().Hash == "" {
		ready.JobFile = "none in force"
		ready.Error, ready.Hint = "no job file is in force", "see the log of `runner serve`"
	}
	if err := s.o.Store.Ping(r.Context()); err != nil {
		ready.Database = "doesn't answer"
		ready.Error, ready.Hint = "the database doesn't answer", "what is due waits for it; see the log of `runner serve`"
		if authorized {
			ready.Error += ": " + secret.Mask(err.Error())
		}
	}
	if ready.Error == "" {
		return ok(ready)
	}
	ready.Status = "not ready"
	return reply{status: http.StatusServiceUnavailable, body: ready}, nil
}
