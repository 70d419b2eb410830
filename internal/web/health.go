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

// loopState is how the tick loop is.
type loopState string

// Lost is a ledger whose file is gone.
const (
	loopStarting loopState = "starting"
	loopOK       loopState = "ok"
	loopLate     loopState = "late"
	loopLost     loopState = "lost"
)

func loopStates() []loopState { return []loopState{loopStarting, loopOK, loopLate, loopLost} }

// loopHealth is what /healthz answers. Error and Hint are left out of a good one.
type loopHealth struct {
	Status loopState `json:"status"`
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
	health := loopHealth{Status: loopOK}
	last := s.o.Scheduler.Looped()
	if last.IsZero() {
		health.Status, last = loopStarting, s.began
	}
	// Round drops the monotonic clock, which stands still in a suspended machine.
	age := max(0, now.Round(0).Sub(last.Round(0)))
	if health.Status == loopOK {
		health.LoopAge = new(age.Seconds())
	}
	for _, job := range s.o.Scheduler.File().Jobs {
		if next := s.o.Scheduler.Next(job.Name); !next.IsZero() && now.Sub(next) > lateLoop {
			health.Overdue++
		}
	}
	if err := s.o.Store.Displaced(); err != nil {
		health.Status, health.Error = loopLost, "the ledger's file was removed or replaced"
		health.Hint = "this serve ends by itself, and has to be started again; see its log"
		return health
	}
	if age <= lateLoop {
		return health
	}
	health.Status = loopLate
	health.Error = fmt.Sprintf("the tick loop has not gone round for %s", age.Round(time.Second))
	health.Hint = "see the log of `runner serve`"
	if since, down := s.o.Store.Down(); down {
		is, hint := s.o.Store.Trouble(s.o.Store.DownError())
		health.Hint = "the database " + is + ", since " + since.UTC().Format(time.RFC3339) + ": " + hint
	}
	return health
}

func (s *Server) healthz(*http.Request) (reply[loopHealth], error) {
	health := s.loop()
	status := http.StatusOK
	if health.Status == loopLate || health.Status == loopLost {
		status = http.StatusServiceUnavailable
	}
	return reply[loopHealth]{status: status, body: health}, nil
}

// readyState is whether runs can begin.
type readyState string

const (
	ready    readyState = "ready"
	notReady readyState = "not ready"
)

func readyStates() []readyState { return []readyState{ready, notReady} }

// readiness is what /readyz answers. A bad newer job file doesn't end it: the
// one in force still runs.
type readiness struct {
	Status   readyState `json:"status"`
	Database string     `json:"database"` // "ok", or what is wrong
	JobFile  string     `json:"job_file"` // "ok", "none in force", "a newer one is refused" or, of several, "2 of several refused"
	// ReloadError says why the newest job file is refused, "" if it isn't. Only
	// who may use the API is told: it quotes the file.
	ReloadError string `json:"reload_error"`
	Error       string `json:"error,omitempty"`
	Hint        string `json:"hint,omitempty"`
}

func (s *Server) readyz(r *http.Request) (reply[readiness], error) {
	answer := readiness{Status: ready, Database: "ok", JobFile: "ok"}
	authorized := s.authorized(r)
	if !authorized && !s.o.Token.IsZero() && bearer(r) != "" {
		s.wrongs.count(r.RemoteAddr) // and not slowed: probes give up soon
	}
	if reload := s.o.Reload(); reload.Error != "" {
		answer.JobFile = "a newer one is refused"
		if n := len(reload.Refused); n > 0 {
			answer.JobFile = fmt.Sprintf("%d of several refused", n)
		}
		if authorized {
			answer.ReloadError = secret.Mask(reload.Error)
		}
	}
	if s.o.Scheduler.File().Hash == "" {
		answer.JobFile = "none in force"
		answer.Error, answer.Hint = "no job file is in force", "see the log of `runner serve`"
	}
	err := s.o.Store.Ping(r.Context())
	if err == nil { // it can be read; what is written may be refused all the same
		err = s.o.Store.DownError()
	}
	if err != nil {
		answer.Database, answer.Hint = s.o.Store.Trouble(err)
		answer.Error = "the database " + answer.Database
		if authorized {
			answer.Error += ": " + secret.Mask(err.Error())
		}
	}
	if answer.Error == "" {
		return ok(answer)
	}
	answer.Status = notReady
	return reply[readiness]{status: http.StatusServiceUnavailable, body: answer}, nil
}
