package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// TestMetrics asks as Prometheus does: without a token, in its text format.
func TestMetrics(t *testing.T) {
	m := web.NewMetrics("1.2.3")
	ends := time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)
	s := serve(t, func(o *web.Options) {
		o.Metrics = m
		o.Reload = func() scheduler.Reload { return scheduler.Reload{Error: "jobs.yaml:3:1: bad"} }
		o.OtherFiles = func(context.Context) ([]string, error) { return []string{"night-2"}, nil }
		o.Preflight = func(job string) *web.Preflight {
			return &web.Preflight{OK: job == "nightly", ExpiresAt: &ends}
		}
	})
	s.loop()
	s.ran("nightly", tick, successful())
	gone := func(context.Context, store.Delivery) store.DeliveryResult { return store.Final(errors.New("404")) }
	if _, err := s.store.Deliver(t.Context(), store.RunID("nightly", tick), time.Minute, gone); err != nil {
		t.Fatal(err)
	}
	m.Begun(20 * time.Millisecond)
	m.Begun(-1)
	m.Done("nightly", 3*time.Second, store.Outcome{State: store.Succeeded, Records: 140, Bytes: 2048, Pages: 3})
	m.Ended("nightly", store.Succeeded, 1)
	m.Ended("nightly", store.Missed, 3)
	m.Delivered(true)
	m.Delivered(false)
	m.Looked("nightly", true)
	m.Looked("nightly", false)
	m.Slots(8)
	m.Stuck()
	m.Stuck()() // which has ended
	m.TriedAgain("nightly", "server fault")
	m.Lost()
	requests := m.Requests("nightly")
	requests.Waited(500 * time.Millisecond)
	requests.Sent(speckle.RateLimited)
	requests.Again(speckle.RateLimited, 2*time.Second)
	requests.Sent(speckle.ServerFault)
	requests.Again(speckle.ServerFault, time.Second)
	requests.Sent("")

	a := s.ask("GET", "/metrics")
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	for _, line := range []string{
		`runner_build_info{version="1.2.3"} 1`,
		`runner_runs_total{job="nightly",state="succeeded"} 1`,
		`runner_runs_total{job="nightly",state="missed"} 3`,
		`runner_run_duration_seconds_count 1`,
		`runner_run_duration_seconds_sum 3`,
		`runner_tick_lateness_seconds_count 1`,
		`runner_running_runs 1`,
		`runner_runs_total{job="nightly",state="skipped"} 0`,
		`runner_runs_total{job="by-hand",state="failed"} 0`,
		`runner_last_missed_timestamp_seconds{job="nightly"} `,
		`runner_job_failing{job="nightly"} 0`,
		`runner_last_success_timestamp_seconds{job="nightly"} `,
		`runner_run_slots 8`,
		`runner_stuck_runs 1`,
		`runner_run_retries_total{job="nightly",reason="server fault"} 1`,
		`runner_lost_attempts_total 1`,
		`runner_pages_total{job="nightly"} 3`,
		`runner_requests_total{job="nightly",result="ok"} 1`,
		`runner_requests_total{job="nightly",result="rate limited"} 1`,
		`runner_requests_total{job="nightly",result="server fault"} 1`,
		`runner_request_retries_total{job="nightly",reason="rate limited"} 1`,
		`runner_request_retries_total{job="nightly",reason="server fault"} 1`,
		`runner_rate_limit_wait_seconds_total{job="nightly"} 2.5`,
		`runner_queued_runs 0`,
		`runner_queued_messages 0`,
		`runner_records_total{job="nightly"} 140`,
		`runner_published_bytes_total{job="nightly"} 2048`,
		`runner_deliveries_total{result="delivered"} 1`,
		`runner_deliveries_total{result="failed"} 1`,
		`runner_looks_total{job="nightly",result="done"} 1`,
		`runner_looks_total{job="nightly",result="failed"} 1`,
		`runner_undelivered_messages{job="nightly",kind="output"} 1`,
		`runner_job_file_refused 1`,
		`runner_nodes_with_other_job_file 1`,
		`runner_database_up 1`,
		`runner_token_ok{job="nightly"} 1`,
		`runner_token_expires_timestamp_seconds{job="nightly"} 1.7981352e+09`,
		`runner_loop_age_seconds `,
		`runner_next_tick_timestamp_seconds{job="nightly"} `,
		`go_goroutines `,
	} {
		if !strings.Contains(a.body, "\n"+line) {
			t.Errorf("no line %s", line)
		}
	}
	problems, err := promlint.New(strings.NewReader(a.body)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if t.Failed() {
		t.Log(a.body)
	}
}

// TestMetricsWithoutADatabase answers all the same: that is when they matter.
func TestMetricsWithoutADatabase(t *testing.T) {
	s := serve(t)
	s.loop()
	s.close()
	a := s.ask("GET", "/metrics")
	if a.status != http.StatusOK || !strings.Contains(a.body, "\nrunner_database_up 0") ||
		!strings.Contains(a.body, "\nrunner_next_tick_timestamp_seconds{") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if strings.Contains(a.body, "runner_last_success_timestamp_seconds{") {
		t.Errorf("the last success is known without the ledger: %s", a.body)
	}
}
