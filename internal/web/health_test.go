package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/web"
)

// pasted looks like a Speckle token.
var pasted = strings.Repeat("ab12cd34ef", 5)[:42]

func TestHealthFollowsTheTickLoop(t *testing.T) {
	s := serve(t)
	a := s.ask("GET", "/healthz")
	golden(t, a, `{"status":"starting","loop_age_seconds":null,"overdue_jobs":0}`)
	if a.status != http.StatusOK {
		t.Errorf("a loop that begins: %d", a.status)
	}
	s.later.Store(int64(2 * time.Minute))
	a = s.ask("GET", "/healthz")
	refused(t, a, http.StatusServiceUnavailable, "tick loop has not gone round for 2m")
	s.later.Store(0)

	s.loop()
	a = s.ask("GET", "/healthz")
	golden(t, a, `{"status":"ok","loop_age_seconds":"…","overdue_jobs":0}`)
	if a.status != http.StatusOK {
		t.Errorf("a loop that goes round: %d", a.status)
	}
	s.later.Store(int64(80 * time.Second))
	if a = s.ask("GET", "/healthz"); a.status != http.StatusOK {
		t.Errorf("after 80 s: %d %s", a.status, a.body)
	}
	s.later.Store(int64(20 * time.Minute))
	a = s.ask("GET", "/healthz")
	refused(t, a, http.StatusServiceUnavailable, "20m")
	if !strings.Contains(a.body, `"overdue_jobs":1`) {
		t.Errorf("a job that is due each 15 minutes isn't overdue: %s", a.body)
	}
	if a = s.ask("HEAD", "/healthz?probe=1"); a.status != http.StatusServiceUnavailable || a.body != "" {
		t.Errorf("HEAD: %d %q", a.status, a.body)
	}
	s.later.Store(int64(-time.Hour)) // the clock was set back
	golden(t, s.ask("GET", "/healthz"), `{"status":"ok","loop_age_seconds":"…","overdue_jobs":0}`)
}

func TestReadyNeedsTheDatabaseAndAJobFile(t *testing.T) {
	s := serve(t)
	if a := s.ask("GET", "/readyz"); a.status != http.StatusOK {
		t.Errorf("status %d", a.status)
	} else {
		golden(t, a, `{"status":"ready","database":"ok","job_file":"ok","reload_error":""}`)
	}
	s.close()
	a := s.ask("GET", "/readyz")
	refused(t, a, http.StatusServiceUnavailable, "the database doesn't answer: ")
	refused(t, s.ask("GET", "/api/v1/runs"), http.StatusInternalServerError, "log of `runner serve`")
	refused(t, s.ask("GET", "/api/v1/jobs/nightly"), http.StatusInternalServerError, "ledger")
	if a := s.ask("GET", "/api/v1/status"); a.status != http.StatusOK || !strings.Contains(a.body, `"running":null`) ||
		strings.Contains(a.body, `"database_down_since":null`) {
		t.Errorf("status without a database: %d %s", a.status, a.body)
	}

	empty := serve(t, func(o *web.Options) { o.Scheduler = scheduler.New(scheduler.Options{Log: zerolog.Nop()}) })
	refused(t, empty.ask("GET", "/readyz"), http.StatusServiceUnavailable, "no job file is in force")
	golden(t, empty.ask("GET", "/api/v1/jobs"), `[]`)
}

// TestALedgerThatTakesNothingIsNotReady: it can be read, and so answered; ready, healthz,
// metrics and the overview say of it what the log says.
func TestALedgerThatTakesNothingIsNotReady(t *testing.T) {
	s := serve(t)
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	_ = s.store.Patiently(ctx, func() error {
		if tries++; tries == 2 {
			cancel()
		}
		return context.DeadlineExceeded
	})
	const is = "the database is held by another program, or by a slow disk"
	a := s.ask("GET", "/readyz")
	refused(t, a, http.StatusServiceUnavailable, is+": ")
	if !strings.Contains(a.body, `"database":"is held by another program, or by a slow disk"`) || !strings.Contains(a.body, "such as sqlite3") {
		t.Errorf("readyz: %s", a.body)
	}
	s.loop()
	text := page(t, s.ask("GET", "/", browser), http.StatusOK)
	has(t, text, "Jobs may not run", "The database is held by another program, or by a slow disk.", "End what has the file open for so long")
	if strings.Contains(text, "Next is") {
		t.Error("the overview is calm")
	}
	if a := s.ask("GET", "/metrics"); !strings.Contains(a.body, "runner_database_up 0") {
		t.Error("it counts as up")
	}
	s.later.Store(int64(2 * time.Minute))
	if a := s.ask("GET", "/healthz"); a.status != http.StatusServiceUnavailable || !strings.Contains(a.body, is+", since ") {
		t.Errorf("healthz: %d %s", a.status, a.body)
	}
}

func TestARefusedJobFileIsTold(t *testing.T) {
	failed := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	reload := func(o *web.Options) {
		o.Reload = func() scheduler.Reload {
			return scheduler.Reload{Generation: "abc", At: tick, Error: "jobs.yaml:3: token " + pasted, FailedAt: failed}
		}
	}
	s := serve(t, reload)
	a := s.ask("GET", "/readyz")
	if a.status != http.StatusOK || !strings.Contains(a.body, "jobs.yaml:3") || !strings.Contains(a.body, `"a newer one is refused"`) ||
		strings.Contains(a.body, pasted) {
		t.Errorf("readyz: %d %s", a.status, a.body)
	}
	a = s.ask("GET", "/api/v1/status")
	if strings.Contains(a.body, pasted) {
		t.Errorf("a token is shown: %s", a.body)
	}
	got := decode[struct {
		Node           string
		Generation     string
		InForceSince   time.Time `json:"in_force_since"`
		ReloadError    string    `json:"reload_error"`
		ReloadFailedAt time.Time `json:"reload_failed_at"`
		Jobs           int
	}](t, a, http.StatusOK)
	if got.Node != s.store.Node() || got.Generation != "abc" || !got.InForceSince.Equal(tick) || !got.ReloadFailedAt.Equal(failed) ||
		got.Jobs != 3 || !strings.HasPrefix(got.ReloadError, "jobs.yaml:3") {
		t.Errorf("status: %s", a.body)
	}

	// Who has no token learns that it failed, not what stands in the file.
	s = serve(t, reload, func(o *web.Options) { o.Loopback, o.Token = false, secret.New("the token") })
	golden(t, s.ask("GET", "/readyz"), `{"status":"ready","database":"ok","job_file":"a newer one is refused","reload_error":""}`)
	if a := s.ask("GET", "/readyz", header("Authorization", "Bearer the token")); !strings.Contains(a.body, "jobs.yaml:3") {
		t.Errorf("with the token: %s", a.body)
	}
	s.close()
	if a := s.ask("GET", "/readyz"); a.status != http.StatusServiceUnavailable ||
		!strings.Contains(a.body, `"error":"the database doesn't answer",`) {
		t.Errorf("without the token: %d %s", a.status, a.body)
	}
}

func TestStatusShape(t *testing.T) {
	s := serve(t)
	s.loop()
	golden(t, s.ask("GET", "/api/v1/status"), `{"node":"…","generation":"…","in_force_since":"…","reload_error":"","reload_failed_at":null,"jobs":3,
		"loop":{"status":"ok","loop_age_seconds":"…","overdue_jobs":0},"scheduled":0,"running":0,"database_down_since":null}`)
}
