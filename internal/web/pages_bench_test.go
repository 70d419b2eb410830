package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// Of a service that has grown for years.
const (
	benchJobs = 10_000
	benchRuns = 100 // of each
)

// BenchmarkPages asks for each page, and for the metrics, where there are 10,000 jobs and 1,000,000 runs.
func BenchmarkPages(b *testing.B) {
	var text strings.Builder
	text.WriteString("server: https://app.speckle.systems\ntimezone: Europe/London\n" +
		"x-all: &all {token_env: T, query: '{activeUser{id}}', outputs: [{file: '{job}.json'}]}\njobs:\n")
	names := make([]string, benchJobs)
	for i := range names {
		names[i] = fmt.Sprintf("job-%05d", i)
		fmt.Fprintf(&text, "  %s: {<<: *all, schedule: '%d %d * * *'}\n", names[i], i%60, i/60%24)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		b.Fatal(problems)
	}
	st := ledger(b)
	b.Cleanup(func() { st.Close() })
	if err := st.Invent(b.Context(), names, manyRuns(names)); err != nil {
		b.Fatal(err)
	}
	sched := scheduler.New(scheduler.Options{Ledger: scheduler.LedgerOf(st), Log: zerolog.Nop()})
	sched.Apply(file)
	ctx, cancel := context.WithCancel(b.Context())
	var group sync.WaitGroup
	group.Go(func() { sched.Run(ctx) })
	b.Cleanup(func() { cancel(); group.Wait() })
	for sched.Looped().IsZero() {
		runtime.Gosched()
	}
	handler := web.New(web.Options{Scheduler: sched, Store: st, Loopback: true, Log: zerolog.Nop()})
	last := store.RunID(names[77], tick.Add((benchRuns-1)*time.Hour))
	for _, path := range []string{"/", "/?show=attention", "/?q=777", "/?sort=next&page=100", "/jobs/" + names[77], "/runs/" + last,
		"/calendar", "/deliveries", "/tokens", "/check", "/metrics"} {
		b.Run(strings.ReplaceAll(path, "/", "_"), func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest("GET", path, nil)
				r.Host = "localhost"
				w := httptest.NewRecorder()
				if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkTokens asks for the page of 10,000 tokens that differ.
func BenchmarkTokens(b *testing.B) {
	var text strings.Builder
	text.WriteString("server: https://app.speckle.systems\n" +
		"x-all: &all {schedule: manual, query: '{activeUser{id}}', outputs: [{file: '{job}.json'}]}\njobs:\n")
	for i := range benchJobs {
		fmt.Fprintf(&text, "  job-%05d: {<<: *all, token_env: T%05d}\n", i, i)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		b.Fatal(problems)
	}
	s := backstage(b)
	s.sched.Apply(file)
	handler := web.New(s.web)
	for b.Loop() {
		r := httptest.NewRequest("GET", "/tokens", nil)
		r.Host = "localhost"
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, r); w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// manyRuns gives each job a run an hour; one of a hundred fails.
func manyRuns(names []string) func(func(store.Invented) bool) {
	return func(yield func(store.Invented) bool) {
		for j, name := range names {
			for i := range benchRuns {
				at := tick.Add(time.Duration(i) * time.Hour)
				end := at.Add(time.Second)
				run := store.Invented{Run: store.Run{Job: name, Tick: at, State: store.Succeeded, Attempt: 1, Trigger: store.Schedule, StartedAt: &at,
					FinishedAt: &end, Records: int64(i), Bytes: 100}}
				if (i+j)%100 == 0 {
					run.State, run.Error = store.Failed, "the server answers HTTP 503"
				}
				if !yield(run) {
					return
				}
			}
		}
	}
}
