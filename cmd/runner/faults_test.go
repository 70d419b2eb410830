package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// TestEveryFault: what becomes of a run for each way in which an answer can be
// wrong. A run that fails leaves yesterday's export as it was; one that
// succeeds has every record.
func TestEveryFault(t *testing.T) {
	var leaked atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { leaked.Add(1) }))
	defer elsewhere.Close()
	token := fake.NewToken("faults", fake.AllScopes...)
	t.Setenv("FAULTS_TOKEN", token.Token)

	once := func(f fake.Fault) fake.Fault { f.Times = 1; return f }
	faults := map[fake.Kind][]struct {
		fault fake.Fault
		code  int
		text  string
	}{
		fake.HTMLStatus: {
			{fake.Fault{}, 1, "the server failed with HTTP 502"},
			{fake.Fault{Status: 504, Times: 2}, 0, "140 records"},
			{fake.Fault{Status: 404}, 1, "no GraphQL at"},
			{fake.Fault{Status: 413}, 1, "the server answers HTTP 413"},
		},
		fake.HTMLPage:     {{fake.Fault{}, 1, "the answer is text/html, not JSON"}},
		fake.AuthContext:  {{fake.Fault{Times: 1}, 0, "140 records"}, {fake.Fault{}, 1, "Unknown Auth context error"}},
		fake.TokenRefused: {{fake.Fault{}, 4, "unknown, expired or revoked"}},
		fake.RateLimited: {{fake.Fault{Times: 2, Wait: 20 * time.Millisecond}, 0, "140 records"},
			{fake.Fault{Wait: time.Hour}, 1, "rate limiting"}},
		fake.RateLimitedInside: {{fake.Fault{Times: 1}, 0, "140 records"}},
		fake.Redirect:          {{fake.Fault{To: elsewhere.URL}, 1, "a token is never sent after a redirect"}},
		fake.Reset:             {{once(fake.Fault{Page: 2}), 0, "140 records"}, {fake.Fault{}, 1, "reset"}},
		fake.Hang:              {{fake.Fault{}, 1, "the job's timeout of 12s is over"}},
		fake.InternalError:     {{fake.Fault{Times: 1}, 0, "140 records"}, {fake.Fault{}, 1, "connect ECONNREFUSED"}},
		fake.ErrorCode: {
			{fake.Fault{Code: "SSO_SESSION_MISSING_OR_EXPIRED_ERROR", Status: 401}, 1, "single sign-on"},
			{fake.Fault{Code: "DATABASE_ERROR", Status: 502, Times: 1}, 0, "140 records"},
		},
		fake.DataNull:       {{fake.Fault{}, 1, "neither data nor errors"}},
		fake.ErrorsBeside:   {{fake.Fault{}, 1, "the answer is partial"}},
		fake.NullCollection: {{fake.Fault{}, 1, "project.models is null"}},
		fake.NullItems:      {{fake.Fault{Page: 2}, 1, "project.models.items is null"}},
		fake.EmptyPage:      {{fake.Fault{Page: 2}, 0, "140 records"}},
		fake.EarlyEnd:       {{fake.Fault{Page: 2}, 0, "140 records"}, {fake.Fault{}, 0, "140 records"}},
		fake.RepeatCursor:   {{fake.Fault{}, 1, "cursor"}},
		fake.WrongTotal:     {{fake.Fault{Rows: 200}, 1, "collected 140 of 200 models"}},
		fake.NullTotal:      {{fake.Fault{}, 0, "140 records"}},
		fake.Overlap:        {{fake.Fault{Rows: 5}, 0, "140 records"}},
		fake.Ties:           {{fake.Fault{From: 45, Rows: 10}, 0, "140 records"}, {fake.Fault{From: 20, Rows: 120}, 0, "140 records"}},
		fake.Shift:          {{fake.Fault{}, 0, "140 records"}},
		fake.Late:           {{fake.Fault{After: 1000, Wait: time.Hour}, 0, "140 records"}},
		fake.ClockOff: {{fake.Fault{Wait: 10 * time.Minute}, 0, "ahead of this machine's"},
			{fake.Fault{Wait: -10 * time.Minute}, 0, "behind this machine's"}},
		fake.CutNested:       {{fake.Fault{}, 1, "project.models.items.versions"}},
		fake.SignOnOver:      {{fake.Fault{}, 0, "140 records"}},
		fake.CutBody:         {{once(fake.Fault{Page: 2}), 0, "140 records"}, {fake.Fault{}, 1, "the connection broke off"}},
		fake.ShortBody:       {{once(fake.Fault{Page: 2}), 0, "140 records"}, {fake.Fault{}, 1, "the answer breaks off after"}},
		fake.TrailingGarbage: {{fake.Fault{}, 1, "something follows its end"}},
		fake.BrokenText:      {{fake.Fault{}, 0, "broken character"}},
		fake.NoEnd:           {{fake.Fault{}, 1, "a page holds more than"}},
		fake.Text:            {{fake.Fault{To: "[]"}, 1, "JSON"}},
		fake.EmptyBody:       {{fake.Fault{Times: 1}, 0, "140 records"}, {fake.Fault{}, 1, "empty"}},
		fake.Stall:           {{fake.Fault{}, 1, "the job's timeout of 12s is over"}},
		fake.Endless:         {{fake.Fault{}, 1, "timeout of 12s is over"}},
		fake.Slow:            {{fake.Fault{Wait: 10 * time.Millisecond}, 0, "140 records"}},
	}
	cases := map[string]faultCase{}
	for _, kind := range fake.Kinds {
		if len(faults[kind]) == 0 {
			t.Errorf("%s: what becomes of a run isn't said here", kind)
		}
		for i, c := range faults[kind] {
			c.fault.Kind = kind
			cases[fmt.Sprintf("%s %d", kind, i+1)] = faultCase{c.fault, c.code, c.text, "limit: $limit"}
		}
	}
	// What another page size mends, a fixed one can't.
	cases["early end, fixed page size"] = faultCase{fake.Fault{Kind: fake.EarlyEnd}, 1, "collected 50 of 140 models", "limit: 50"}
	cases["ties, fixed page size"] = faultCase{fake.Fault{Kind: fake.Ties, From: 20, Rows: 120}, 0, "140 records", "limit: 50"}

	// All at the same time: most of it is waiting between tries.
	var all sync.WaitGroup
	for name, want := range cases {
		all.Go(func() { want.check(t, name, token) })
	}
	all.Wait()
	if leaked.Load() != 0 {
		t.Errorf("%d requests followed a redirect", leaked.Load())
	}
}

// faultCase is a fault and what becomes of a run.
type faultCase struct {
	fault fake.Fault
	code  int
	text  string
	limit string // the collection's argument
}

func (c faultCase) check(t *testing.T, name string, token fake.Token) {
	got := runWithFault(t, token, c.fault, c.limit)
	if got.code != c.code || !strings.Contains(got.out, c.text) {
		t.Errorf("%s: exit code %d, want %d with %q\n%s%s", name, got.code, c.code, c.text, got.out, got.err)
	}
	lines := strings.Count(read(t, got.export), "\n")
	if c.code == 0 && lines != fake.TowerModels || c.code != 0 && lines != 1 {
		t.Errorf("%s: exit code %d, and the export has %d lines", name, got.code, lines)
	}
}

// runWithFault exports the tower's models, 50 a page at first, from a server
// in trouble. limit is the collection's argument.
func runWithFault(t *testing.T, token fake.Token, fault fake.Fault, limit string) ranJob {
	t.Helper()
	server, err := fake.Start(fake.Options{Tokens: []fake.Token{token}, Faults: []fake.Fault{fault}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	declared := ""
	if strings.Contains(limit, "$") {
		declared = "$limit: Int! = 50, "
	}
	// Only what never ends by itself is waited for: a busy machine takes its time.
	timeout := "10m"
	if slices.Contains([]fake.Kind{fake.Hang, fake.Stall, fake.Endless}, fault.Kind) {
		timeout = "12s"
	}
	r := ranJob{dir: t.TempDir()}
	r.export = filepath.Join(r.dir, "models.ndjson")
	write(t, r.export, "yesterday\n")
	write(t, filepath.Join(r.dir, "jobs.yaml"), `
server: `+server.URL+`
jobs:
  models:
    schedule: manual
    token_env: FAULTS_TOKEN
    retries: 0
    timeout: `+timeout+`
    query: |
      query Models($projectId: String!, `+declared+`$cursor: String) {
        project(id: $projectId) {
          models(`+limit+`, cursor: $cursor) {
            totalCount
            cursor
            items { id name versions(limit: 1) { totalCount items { id } } }
          }
        }
      }
    variables: { projectId: `+fake.TowerID+` }
    outputs: [{ file: models.ndjson }]
`)
	var out, errs bytes.Buffer
	args := []string{"run", "models", "-f", filepath.Join(r.dir, "jobs.yaml"), "--output-dir", r.dir, "--database",
		"sqlite:" + filepath.Join(r.dir, "runner.db")}
	r.code = execute(t.Context(), args, streams{out: &out, err: &errs})
	r.out, r.err = out.String(), errs.String()
	return r
}
