package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/ui"
)

// asked is one request of the walk: to an operation, at an address.
type asked struct {
	id, at string
	want   int
	change []func(*http.Request)
}

// walker asks, and holds each answer against the document.
type walker struct {
	testing.TB
	document

	at    map[string][2]string // method and path of an operation
	seen  map[string]bool      // statuses of operations
	cache map[string]*jsonschema.Schema
}

func newWalker(t testing.TB, s *site) *walker {
	t.Helper()
	w := &walker{
		TB: t, document: readDocument(t, s), at: map[string][2]string{}, seen: map[string]bool{}, cache: map[string]*jsonschema.Schema{},
	}
	for path, methods := range w.Paths {
		for method, o := range methods {
			w.at[o.OperationID] = [2]string{strings.ToUpper(method), path}
		}
	}
	return w
}

func (w *walker) ask(s *site, a asked) answer {
	w.Helper()
	where, known := w.at[a.id]
	if !known {
		w.Fatalf("no operation %s", a.id)
	}
	got := s.ask(where[0], a.at, a.change...)
	if got.status != a.want {
		w.Errorf("%s %s: %d %s, want %d", a.id, a.at, got.status, got.body, a.want)
	}
	w.holds(a.id, got)
	return got
}

// holds checks that an answer is one of those that the document tells.
func (w *walker) holds(id string, got answer) {
	w.Helper()
	where := w.at[id]
	told, at := w.answerTold(where[0], where[1], got.status)
	if told == nil {
		w.Errorf("%s: the document has no answer %d: %s", id, got.status, got.body)
		return
	}
	w.seen[fmt.Sprintf("%s %d", id, got.status)] = true
	for name, h := range told.Headers {
		if h.Required && got.header.Get(name) == "" {
			w.Errorf("%s %d: %s is missing", id, got.status, name)
		}
	}
	for _, name := range []string{"ETag", "Link", "Next-Cursor", "Location", "Retry-After", "WWW-Authenticate"} {
		if _, is := told.Headers[name]; !is && got.header.Get(name) != "" {
			w.Errorf("%s %d: nothing is said of %s", id, got.status, name)
		}
	}
	kind, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	if _, is := told.Content[kind]; kind != "" && !is || kind == "" && len(told.Content) > 0 {
		w.Errorf("%s %d: content of type %q, the document has %v", id, got.status, kind, told.Content)
		return
	}
	if strings.HasSuffix(kind, "json") {
		w.valid(id, at+"/content/"+strings.ReplaceAll(kind, "/", "~1")+"/schema", got.body)
	}
}

func (w *walker) valid(id, pointer, body string) {
	w.Helper()
	if w.cache[pointer] == nil {
		w.cache[pointer] = compiled(w, w.document, pointer)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		w.Errorf("%s: %v: %s", id, err, body)
		return
	}
	if err := w.cache[pointer].Validate(v); err != nil {
		w.Errorf("%s: %#v: %s", id, err, body)
	}
}

// unseen gives statuses that the document tells and nobody got.
func (w *walker) unseen() []string {
	var all []string
	for id, where := range w.at {
		for status := range w.Paths[where[1]][strings.ToLower(where[0])].Responses {
			if !w.seen[id+" "+status] {
				all = append(all, id+" "+status)
			}
		}
	}
	slices.Sort(all)
	return all
}

// versionJob is due for versions: of it the API tells more than of others.
const versionJob = jobFile + `
  doors:
    on_version: { project: 236d44f972 }
    token_env: T
    elements: { project: 236d44f972, model: "{version.model}", properties: { mark: Mark } }
    outputs: [{ file: "{version.model}/{version}.csv" }]
`

// busy is a site with something of everything that the API can tell.
func busy(t *testing.T, change ...func(*web.Options)) (s *site, running, good string) {
	t.Helper()
	at := tick.Add(time.Minute)
	_, wrong := jobs.Load("b.yaml", []byte("jobs: {}"), nil)
	s = serve(t, append([]func(*web.Options){func(o *web.Options) {
		o.Progress = func(string) (ui.Progress, bool) { return ui.Progress{Doing: "reading", Pages: 1, Total: -1}, true }
		o.Metrics = web.NewMetrics("1")
		o.Preflight = func(job string) *web.Preflight {
			return map[string]*web.Preflight{"nightly": {CheckedAt: tick, OK: true, ExpiresAt: &at}, "off": {CheckedAt: tick, Error: "refused"}}[job]
		}
		o.Reload = func() scheduler.Reload {
			return scheduler.Reload{Generation: "abc", At: tick, Error: "b.yaml:1: wrong", FailedAt: at,
				Refused: []jobs.Refused{{File: "b.yaml", Problems: wrong, Jobs: []string{"x"}, Kept: true}}}
		}
	}}, change...)...)
	file, problems := jobs.Load("jobs.yaml", []byte(versionJob), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s.sched.Apply(file)
	s.loop()
	began := make(chan string, 10)
	s.work(func(ctx context.Context, c store.Claim) store.Outcome {
		began <- c.Run
		<-ctx.Done()
		return store.Outcome{Error: context.Cause(ctx).Error()}
	})
	good = s.ran("nightly", tick, successful())
	if _, err := s.store.Deliver(t.Context(), good, 0, refuses(store.Retry(time.Hour, errors.New("answered 503")))); err != nil {
		t.Fatal(err)
	}
	s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Failed, Error: "no"})
	s.ran("off", tick, store.Outcome{State: store.Canceled})
	missed := []store.End{{Job: "off", Tick: at, Trigger: store.Schedule, State: store.Missed, Reason: "late"}}
	if _, err := s.store.Record(t.Context(), missed); err != nil {
		t.Fatal(err)
	}
	running, err := s.sched.Start(t.Context(), "off", store.API)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-began; got != running {
		t.Fatalf("%s began, want %s", got, running)
	}
	return s, running, good
}

func TestTheAPIIsWhatTheDocumentSays(t *testing.T) {
	s, running, good := busy(t)
	w := newWalker(t, s)
	const run, nobody = "/api/v1/runs/", "/api/v1/runs/nightly-20200101T000000Z"
	long := strings.Repeat(" ", 70<<10)
	for _, a := range []asked{
		{"getHealth", "/healthz", 200, nil}, {"getReadiness", "/readyz", 200, nil}, {"getMetrics", "/metrics", 200, nil},
		{"getDocument", documentPath, 200, nil}, {"getDocument", documentPath + "?x=1", 400, nil},
		{"getStatus", "/api/v1/status", 200, nil}, {"getStatus", "/api/v1/status?x=1", 400, nil},

		{"listJobs", "/api/v1/jobs", 200, nil}, {"listJobs", "/api/v1/jobs?limit=2", 200, nil}, {"listJobs", "/api/v1/jobs?limit=0", 400, nil},
		{"listJobs", "/api/v1/jobs?cursor=x", 400, nil}, {"listJobs", "/api/v1/jobs?limit=1000", 200, nil},
		{"getJob", "/api/v1/jobs/nightly", 200, nil}, {"getJob", "/api/v1/jobs/doors", 200, nil}, {"getJob", "/api/v1/jobs/none", 404, nil},
		{"getJob", "/api/v1/jobs/nightly?x=1", 400, nil},
		{"startRun", "/api/v1/jobs/by-hand/run", 202, nil}, {"startRun", "/api/v1/jobs/off/run", 409, nil},
		{"startRun", "/api/v1/jobs/doors/run", 409, nil}, {"startRun", "/api/v1/jobs/none/run", 404, nil},
		{"startRun", "/api/v1/jobs/nightly/run", 400, []func(*http.Request){body(`{"tick": 1}`)}},
		{"startRun", "/api/v1/jobs/nightly/run", 413, []func(*http.Request){body(long)}},

		{"listRuns", "/api/v1/runs", 200, nil}, {"listRuns", "/api/v1/runs?limit=1", 200, nil}, {"listRuns", "/api/v1/runs?state=bad", 400, nil},
		{"listRuns", "/api/v1/runs?undelivered=true&job=nightly&before=" + running, 200, nil},
		{"listRuns", "/api/v1/runs?state=failed&state=missed", 200, nil},
		{"getRun", run + good, 200, nil}, {"getRun", run + running, 200, nil}, {"getRun", nobody, 404, nil}, {"getRun", run + "x", 404, nil},
		{"getRun", run + good + "?x=1", 400, nil},
		{"cancelRun", run + good + "/cancel", 409, nil}, {"cancelRun", nobody + "/cancel", 404, nil},
		{"cancelRun", run + running + "/cancel", 400, []func(*http.Request){body("x")}},
		{"cancelRun", run + running + "/cancel", 413, []func(*http.Request){body(long)}},
		{"cancelRun", run + running + "/cancel", 202, nil},
		{"redeliverRun", run + good + "/redeliver", 202, nil}, {"redeliverRun", nobody + "/redeliver", 404, nil},
		{"redeliverRun", run + good + "/redeliver?x=1", 400, nil},
		{"redeliverRun", run + good + "/redeliver", 413, []func(*http.Request){body(long)}},
		{"forgetRun", run + good + "/forget", 200, nil}, {"forgetRun", nobody + "/forget", 404, nil},
		{"forgetRun", run + good + "/forget?x=1", 400, nil},
		{"forgetRun", run + good + "/forget", 413, []func(*http.Request){body(long)}},
	} {
		got := w.ask(s, a)
		if tag := got.header.Get("ETag"); tag != "" {
			w.ask(s, asked{a.id, a.at, got.status, []func(*http.Request){header("If-None-Match", `"another"`)}})
		}
	}
	w.guards(t)
	w.crowded(t)
	w.late(t)
	w.broken(t)
	// These need a disk that is full, a database that hangs, or a fault of the
	// runner that nobody knows: they are made where those of all others are.
	allowed := func(one string) bool {
		return strings.HasSuffix(one, " 507") || strings.HasSuffix(one, " 503") || one == "getDocument 500" || one == "getMetrics 500"
	}
	if rest := slices.DeleteFunc(w.unseen(), allowed); len(rest) > 0 {
		t.Errorf("the document has answers that nobody got: %v", rest)
	}
}

// guards asks everything without a token, with a wrong one, with the right one, and
// from where nothing may be asked.
func (w *walker) guards(t *testing.T) {
	s, _, good := busy(t, guarded)
	loopback, _, _ := busy(t)
	address := strings.NewReplacer("{job}", "nightly", "{run}", good)
	for id, where := range w.at {
		at := address.Replace(where[1])
		w.ask(loopback, asked{id, at, http.StatusForbidden, []func(*http.Request){host("evil.example")}})
		if where[0] == http.MethodGet {
			w.unchanged(s, id, at)
		}
		open := w.Paths[where[1]][strings.ToLower(where[0])].Security != nil
		for _, given := range []string{"", "Bearer wrong"} {
			got := s.ask(where[0], at, header("Authorization", given))
			w.holds(id, got)
			if (got.status == http.StatusUnauthorized) == open {
				t.Errorf("%s with %q: %d %s", id, given, got.status, got.body)
			}
		}
		if got := s.ask(where[0], at, header("Authorization", "Bearer "+token)); got.status == http.StatusUnauthorized {
			t.Errorf("%s with the token: %s", id, got.body)
		}
	}
}

// crowded asks with a wrong token while many others do.
func (w *walker) crowded(t *testing.T) {
	s := backstage(t, guarded)
	server := httptest.NewServer(web.New(s.web).Crowd())
	t.Cleanup(server.Close)
	s.url = server.URL
	for id, where := range w.at {
		if strings.HasPrefix(where[1], "/api/") {
			at := strings.NewReplacer("{job}", "nightly", "{run}", "x").Replace(where[1])
			w.ask(s, asked{id, at, http.StatusTooManyRequests, []func(*http.Request){header("Authorization", "Bearer wrong")}})
		}
	}
}

// unchanged asks for what is known already, until it is: some answers tell the time.
func (w *walker) unchanged(s *site, id, at string) {
	w.Helper()
	got := s.ask("GET", at, header("Authorization", "Bearer "+token), header("If-None-Match", "*"))
	if id == "getMetrics" {
		return
	}
	if got.status != http.StatusNotModified || got.body != "" {
		w.Errorf("%s: %d %s", id, got.status, got.body)
	}
	w.holds(id, got)
}

// late asks for health once it is bad.
func (w *walker) late(t *testing.T) {
	s := serve(t)
	s.loop()
	s.later.Store(int64(20 * time.Minute))
	w.ask(s, asked{"getHealth", "/healthz", 503, nil})
	w.ask(s, asked{"getStatus", "/api/v1/status", 200, nil})
	s.close()
	w.ask(s, asked{"getReadiness", "/readyz", 503, nil})
	w.ask(s, asked{"getStatus", "/api/v1/status", 200, nil})
	for id, where := range w.at {
		if id != "getStatus" && id != "getDocument" && strings.HasPrefix(where[1], "/api/") {
			at := strings.NewReplacer("{job}", "nightly", "{run}", store.RunID("nightly", tick)).Replace(where[1])
			w.ask(s, asked{id, at, http.StatusInternalServerError, nil})
		}
	}
}

// broken has the clock, which all of these ask, go wrong.
func (w *walker) broken(t *testing.T) {
	var wrong atomic.Bool
	s := serve(t, func(o *web.Options) {
		o.Reload = func() scheduler.Reload { panic("went wrong") }
		o.Now = func() time.Time {
			if wrong.Load() {
				panic("went wrong")
			}
			return tick
		}
	})
	wrong.Store(true)
	for _, id := range []string{"getStatus", "getHealth", "getReadiness"} {
		w.ask(s, asked{id, w.at[id][1], http.StatusInternalServerError, nil})
	}
}
