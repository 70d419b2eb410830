package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

const jobFile = `
server: https://app.speckle.systems
timezone: Europe/London
jobs:
  nightly:
    description: Every model <of> the tower
    schedule: ["30 2 * * *", "@every 15m"]
    token_env: SPECKLE_TOKEN
    query: "{ activeUser { id } }"
    outputs: [{ file: "{job}.json" }]
  by-hand:
    schedule: manual
    timezone: UTC
    token_env: SPECKLE_TOKEN
    query: "{ activeUser { id } }"
    outputs: [{ file: "{job}.json" }]
  off:
    schedule: "@daily"
    disabled: true
    token_env: SPECKLE_TOKEN
    query: "{ activeUser { id } }"
    outputs: [{ file: "{job}.json" }]
`

// tick is a round instant for tests.
var tick = time.Date(2026, 3, 2, 2, 30, 0, 0, time.UTC)

// site is a server with everything behind it: a ledger in a file, and a
// scheduler with a job file.
type site struct {
	t     testing.TB
	store *store.Store
	sched *scheduler.Scheduler
	log   *lines
	web   web.Options
	close func() // of the store
	later atomic.Int64
	url   string

	client *http.Client // nil: a plain one
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// empty is a ledger's file that nothing was written to: making its tables takes
// longer than most tests.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "web")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "runner.db")
	st, err := store.Open(context.Background(), "sqlite:"+name, store.Options{Log: zerolog.Nop()})
	if err != nil {
		return nil, err
	}
	if err := st.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
})

func ledger(t testing.TB) *store.Store {
	t.Helper()
	data, err := empty()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "runner.db")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), "sqlite:"+name, store.Options{Node: "node", Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// backstage is a site that nothing is served of yet, open on loopback.
func backstage(t testing.TB, change ...func(*web.Options)) *site {
	t.Helper()
	s := &site{t: t, log: &lines{}}
	st := ledger(t)
	s.store, s.close = st, sync.OnceFunc(func() { _ = st.Close() })
	t.Cleanup(s.close)
	file, problems := jobs.Load("jobs.yaml", []byte(jobFile), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s.sched = scheduler.New(scheduler.Options{Ledger: scheduler.LedgerOf(st), Log: zerolog.Nop()})
	s.sched.Apply(file)
	s.web = web.Options{
		Scheduler: s.sched, Store: st, Loopback: true, Log: zerolog.New(s.log),
		Now: func() time.Time { return time.Now().Add(time.Duration(s.later.Load())) },
	}
	for _, c := range change {
		c(&s.web)
	}
	return s
}

// serve is a site whose server answers at s.url.
func serve(t testing.TB, change ...func(*web.Options)) *site {
	t.Helper()
	s := backstage(t, change...)
	server := httptest.NewServer(web.New(s.web).Hurry())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// loop starts the tick loop and waits until it went round.
func (s *site) loop() {
	s.t.Helper()
	s.background(s.sched.Run)
	s.await(func() bool { return !s.sched.Looped().IsZero() })
}

// work runs what is queued.
func (s *site) work(handler func(context.Context, store.Claim) store.Outcome) {
	s.t.Helper()
	o := store.WorkOptions{Handler: handler}
	s.sched.Fill(&o)
	s.background(func(ctx context.Context) {
		if err := s.store.Work(ctx, o); err != nil {
			s.t.Errorf("work: %v", err)
		}
	})
}

// background runs something until the test ends.
func (s *site) background(do func(context.Context)) {
	ctx, cancel := context.WithCancel(s.t.Context())
	var group sync.WaitGroup
	group.Go(func() { do(ctx) })
	s.t.Cleanup(func() { cancel(); group.Wait() })
}

// await asks until something is so, for longer than it may ever take.
func (s *site) await(so func() bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for !so() {
		select {
		case <-every.C:
		case <-ctx.Done():
			s.t.Fatal("never came")
		}
	}
}

// ran puts a run into the ledger that has ended.
func (s *site) ran(job string, at time.Time, o store.Outcome) string {
	s.t.Helper()
	claim, _, err := s.store.Begin(s.t.Context(), store.Begin{Job: job, Tick: at})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.store.Finish(s.t.Context(), claim, o); err != nil {
		s.t.Fatal(err)
	}
	return claim.Run
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; change may add to it.
func (s *site) ask(method, path string, change ...func(*http.Request)) answer {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range change {
		c(request)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if s.client != nil {
		client.Transport = s.client.Transport
	}
	response, err := client.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(body)}
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func body(text string) func(*http.Request) {
	return func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
}

// decode reads an answer that must have come with a status.
func decode[T any](t testing.TB, a answer, status int) T {
	t.Helper()
	var v T
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	kind := "application/json"
	if strings.HasPrefix(a.body, `{"type":"about:blank"`) {
		kind = "application/problem+json"
	}
	if got := a.header.Get("Content-Type"); got != kind {
		t.Fatalf("content type %q, want %q", got, kind)
	}
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
	return v
}

type failure struct {
	Error, Hint         string
	Type, Title, Detail string
	Status              any // a number; in words in the answers of probes
}

// refused checks that an answer is an error that says certain words and gives
// a hint.
func refused(t testing.TB, a answer, status int, words string) {
	t.Helper()
	f := decode[failure](t, a, status)
	if !strings.Contains(f.Error, words) && !strings.Contains(f.Hint, words) || f.Error == "" || f.Hint == "" {
		t.Errorf("answer %s, want an error and a hint, and in one of them %q", a.body, words)
	}
	if _, probe := f.Status.(string); probe {
		return // with an answer of its own
	}
	if f.Status != float64(status) || f.Detail != f.Error || f.Title != http.StatusText(status) || f.Type != "about:blank" {
		t.Errorf("answer %s is no problem of RFC 9457", a.body)
	}
}

var volatile = regexp.MustCompile(`"(started_at|finished_at|next_tick|next_try|node|generation|in_force_since|loop_age_seconds)":("[^"]+"|[0-9.e-]+)`)

// golden compares an answer with its whole JSON; what changes from one test to
// the next stands there as "…".
func golden(t testing.TB, a answer, want string) {
	t.Helper()
	var flat bytes.Buffer
	if err := json.Compact(&flat, []byte(want)); err != nil {
		t.Fatal(err)
	}
	if got := volatile.ReplaceAllString(strings.TrimSpace(a.body), `"$1":"…"`); got != flat.String() {
		t.Errorf("got  %s\nwant %s", got, flat.String())
	}
}
