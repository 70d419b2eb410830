package web_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

func TestTheCalendar(t *testing.T) {
	s := serve(t)
	s.ran("nightly", time.Now().Add(-time.Minute), successful())
	s.ran("nightly", time.Now().Add(-2*time.Minute), store.Outcome{State: store.Failed, Error: "x"})
	text := page(t, s.ask("GET", "/calendar", browser), http.StatusOK)
	has(t, text, "by the clock of Europe/London", "Many times a day", `href="/jobs/nightly"`, "The next 7 days", "The past weeks", "1 failed", "✕")
	if strings.Contains(text, `href="/jobs/off"`) || strings.Contains(text, `href="/jobs/by-hand"`) {
		t.Error("a job is in the calendar that is never due")
	}
}

// Hours of another clock than the page's are told with their zone.
func TestTheZonesOfTheCalendar(t *testing.T) {
	const rest = "token_env: T, query: '{ activeUser { id } }', outputs: [{ file: '{job}.json' }] }\n"
	file, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\ntimezone: Europe/London\njobs:\n"+
		"  home: { schedule: '0 6-20 * * *', "+rest+
		"  away: { schedule: '0 6-20 * * *', timezone: America/New_York, "+rest+
		"  steady: { schedule: '@every 15m', timezone: America/New_York, "+rest+
		"  nightly: { schedule: '30 2 * * *', "+rest+"  weekly: { schedule: '0 4 * * 1', "+rest), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t)
	s.sched.Apply(file)
	text := page(t, s.ask("GET", "/calendar", browser), http.StatusOK)
	has(t, text, "by the clock of Europe/London", "home</a> 0 6-20 * * *, <a", "away</a> 0 6-20 * * * (America/New_York)",
		"steady</a> every 15 minutes<")
	hasnt(t, text, "All day long")
}

// The next 24 hours begin now: what was due this hour isn't next, and what is due at
// the same time tomorrow is.
func TestTheNext24HoursOfTheCalendar(t *testing.T) {
	const rest = "token_env: T, query: '{ activeUser { id } }', outputs: [{ file: '{job}.json' }] }\n"
	file, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\njobs:\n"+
		"  early: { schedule: '5 20 * * *', "+rest+"  late: { schedule: '55 20 * * *', "+rest+
		"  quarters: { schedule: '*/15 * * * *', "+rest), nil)
	if file == nil {
		t.Fatal(problems)
	}
	now := time.Date(2026, 11, 30, 20, 2, 0, 0, time.UTC)
	s := serve(t, func(o *web.Options) { o.Now = func() time.Time { return now } })
	s.sched.Apply(file)
	first := regexp.MustCompile(`(?s)<tr[^>]*>\s*<th scope="row">.*?<span>(\d+)</span></td>(.*?)</tr>`)
	for _, c := range []struct {
		minute       int
		today, later string // ticks of the first row, and of the last
		rows         int
		early, late  int // the row that names the job
	}{
		{2, "5", "1", 25, 0, 0},
		{52, "1", "5", 25, 24, 0},
		{58, "0", "6", 25, 24, 24},
	} {
		now = time.Date(2026, 11, 30, 20, c.minute, 0, 0, time.UTC)
		text, _, _ := strings.Cut(page(t, s.ask("GET", "/calendar", browser), http.StatusOK), "The next 7 days")
		rows := first.FindAllStringSubmatch(text, -1)
		if len(rows) != c.rows {
			t.Fatalf("20:%02d: %d rows, want %d", c.minute, len(rows), c.rows)
		}
		named := func(job string) (all []int) {
			for i, row := range rows {
				if strings.Contains(row[2], `href="/jobs/`+job+`"`) {
					all = append(all, i)
				}
			}
			return all
		}
		early, late := named("early"), named("late")
		if rows[0][1] != c.today || rows[len(rows)-1][1] != c.later ||
			!slices.Equal(early, []int{c.early}) || !slices.Equal(late, []int{c.late}) {
			t.Errorf("20:%02d: %s ticks at first and %s at last, want %s and %s; early in %v, late in %v",
				c.minute, rows[0][1], rows[len(rows)-1][1], c.today, c.later, early, late)
		}
	}
}

// What a past day is said to hold is all that it holds.
func TestThePastOfTheCalendar(t *testing.T) {
	s := serve(t)
	ago := func(days int, states ...store.State) {
		y, m, d := time.Now().UTC().Date()
		for i, state := range states {
			at := time.Date(y, m, d-days, 12, i, 0, 0, time.UTC)
			if state != store.Skipped {
				s.ran("nightly", at, store.Outcome{State: state, Error: "x"})
				continue
			}
			end := store.End{Job: "nightly", Tick: at, State: state, Trigger: store.Schedule}
			if _, err := s.store.Record(t.Context(), []store.End{end}); err != nil {
				t.Fatal(err)
			}
		}
	}
	ago(2, store.Succeeded, store.Failed, store.Canceled, store.Skipped, store.Skipped)
	ago(4, store.Skipped)
	ago(6, store.Canceled, store.Succeeded)
	var text string
	s.await(func() bool {
		text = page(t, s.ask("GET", "/calendar", browser), http.StatusOK)
		return !strings.Contains(text, "not counted yet") // a page counts for so long only
	})
	has(t, text, `: 5 runs: 1 succeeded, 1 failed, 1 canceled, 2 skipped"`, `: 1 run: 1 skipped"`, `: 2 runs: 1 succeeded, 1 canceled"`,
		`: no runs"`)
}

func TestWhatHasNotArrived(t *testing.T) {
	s := serve(t)
	has(t, page(t, s.ask("GET", "/deliveries", browser), http.StatusOK), "Everything has arrived")
	owing := func() store.Outcome {
		return store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{Kind: "output", Target: "HOOK_<b>"},
			{Kind: "success", Target: "OPS"}}}
	}
	run := s.ran("nightly", tick, owing())
	text := page(t, s.ask("GET", "/deliveries", browser), http.StatusOK)
	has(t, text, "Waiting", "HOOK_&lt;b&gt;", "records", "notice of success", `href="/runs/`+run+`"`, "0 tries")

	s.background(func(ctx context.Context) {
		_ = s.store.Work(ctx, store.WorkOptions{
			Handler: func(context.Context, store.Claim) store.Outcome { return owing() },
			Deliver: func(_ context.Context, d store.Delivery) store.DeliveryResult {
				return store.Final(errors.New("the receiver answers HTTP 410 " + d.Target))
			},
		})
	})
	run = strings.TrimPrefix(s.ask("POST", "/jobs/nightly/run", browser).header.Get("Location"), "/runs/")
	s.await(func() bool { return strings.Count(s.ask("GET", "/runs/"+run, browser).body, "Given up") >= 2 })
	text = page(t, s.ask("GET", "/deliveries", browser), http.StatusOK)
	has(t, text, "Given up", "HTTP 410", "page sends its messages again")
	only := s.web
	only.ReadOnly = true
	server := httptest.NewServer(web.New(only))
	t.Cleanup(server.Close)
	readOnly := &site{t: t, url: server.URL}
	text = page(t, readOnly.ask("GET", "/deliveries", browser), http.StatusOK)
	has(t, text, "Given up")
	hasnt(t, text, "page sends its messages again")
	has(t, page(t, s.ask("GET", "/", browser), http.StatusOK), "Undelivered", "2 messages could not be delivered",
		"then send again, or give up")
	has(t, page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK), "Send again", "Given up", "HTTP 410")
}

func TestTokens(t *testing.T) {
	ends := time.Now().Add(3*24*time.Hour + time.Hour)
	s := serve(t, func(o *web.Options) {
		o.Preflight = func(job string) *web.Preflight {
			if job != "nightly" {
				return nil
			}
			return &web.Preflight{CheckedAt: time.Now(), OK: true, ExpiresAt: &ends, ID: "9f3a61c04d", Owner: "Jane <Doe> " + pasted, Listed: true,
				Scopes: []string{"streams:read"}}
		}
	})
	text := page(t, s.ask("GET", "/tokens", browser), http.StatusOK)
	has(t, text, "SPECKLE_TOKEN", "9f3a61c04d", "Jane &lt;Doe&gt;", "profile:read", "Lacking", "More than it needs", "streams:read",
		"in 3 days", `href="/jobs/by-hand"`, "Lacks scopes")
	if strings.Contains(text, pasted) {
		t.Error("a token is shown")
	}
	has(t, page(t, serve(t).ask("GET", "/tokens", browser), http.StatusOK), "Not asked about yet")
}

// Thousands of tokens are on pages, those first that need somebody.
func TestManyTokens(t *testing.T) {
	var text strings.Builder
	text.WriteString("server: https://app.speckle.systems\ntimezone: UTC\njobs:\n")
	for i := range 120 {
		fmt.Fprintf(&text, "  job-%03d: {schedule: manual, token_env: T%03d, query: '{activeUser{id}}', outputs: [{file: '{job}.json'}]}\n", i, i)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t, func(o *web.Options) {
		o.Preflight = func(job string) *web.Preflight {
			return &web.Preflight{CheckedAt: time.Now(), OK: job != "job-119", Error: "refused"}
		}
	})
	s.sched.Apply(file)
	first := page(t, s.ask("GET", "/tokens", browser), http.StatusOK)
	has(t, first, "120 tokens", "<code>T119</code>", "<code>T048</code>", `href="/tokens?page=3"`)
	if strings.Contains(first, "<code>T049</code>") {
		t.Error("more than a page")
	}
	has(t, page(t, s.ask("GET", "/tokens?page=99", browser), http.StatusOK), "<code>T118</code>", `aria-current="page">3<`)
}

func TestAJobFileIsChecked(t *testing.T) {
	s := serve(t)
	text := page(t, s.ask("GET", "/check", browser), http.StatusOK)
	_, area, _ := strings.Cut(text, "<textarea")
	_, area, _ = strings.Cut(area, ">")
	first, _, _ := strings.Cut(area, "</textarea>")
	text = page(t, s.ask("POST", "/check", browser, form("file", html.UnescapeString(first))), http.StatusOK)
	has(t, text, "This job file is good", "Every day at 02:30, Europe/London", "exports/nightly-models/", ".csv", "streams:read",
		"SPECKLE_TOKEN")

	text = page(t, s.ask("POST", "/check", browser, form("file",
		"server: https://app.speckle.systems\njobs:\n  a:\n    shedule: \"@daily\" # </textarea><script>alert(1)</script>\n")), http.StatusOK)
	has(t, text, "It can't be used yet", "line 4, column 5", "jobs.a", "schedule", "&lt;/textarea&gt;")

	text = page(t, s.ask("POST", "/check", browser, form("file",
		strings.Replace(jobFile, `query: "{ activeUser { id } }"`, "query_file: /etc/passwd", 1))), http.StatusOK)
	has(t, text, "a page can&#39;t see files beside the job file")
	if strings.Contains(text, "root:") {
		t.Error("a file is read")
	}
	text = page(t, s.ask("POST", "/check", browser, form("file", "server: "+pasted)), http.StatusOK)
	if strings.Contains(text, pasted) {
		t.Error("a pasted token is sent back")
	}
	page(t, s.ask("POST", "/check", browser, form("file", strings.Repeat("x", 4<<20))), http.StatusRequestEntityTooLarge)
	for name, text := range map[string]string{"a large file": "jobs:\n" + strings.Repeat("  # x\n", 300_000), "nothing": ""} {
		if a := s.ask("POST", "/check", browser, form("file", text)); a.status != http.StatusOK {
			t.Errorf("%s: %d", name, a.status)
		}
	}
	if s.runs(t, "") != 0 {
		t.Error("a check left something")
	}
	readOnly := serve(t, func(o *web.Options) { o.ReadOnly = true })
	if text := page(t, readOnly.ask("GET", "/", browser), http.StatusOK); strings.Contains(text, `href="/check"`) {
		t.Error("a read-only service leads to the check")
	}
	for _, method := range []string{"GET", "POST"} {
		text := page(t, readOnly.ask(method, "/check", browser), http.StatusForbidden)
		has(t, text, "this service is read-only over HTTP", "RUNNER_WEB_READONLY", "runner validate", `href="/calendar"`)
		hasnt(t, text, "<form", "<button")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(jobFile)
	f.Add("server: [\n")
	handler := web.New(backstage(f).web)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 64<<10 {
			return
		}
		r := httptest.NewRequest("POST", "/check", nil)
		r.Host = "localhost"
		browser(r)
		form("file", text)(r)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		page(t, answer{w.Code, w.Header(), w.Body.String()}, http.StatusOK)
	})
}

// TestNoRouteIsOpenByMistake asks for every page and button without a login.
func TestNoRouteIsOpenByMistake(t *testing.T) {
	s := serve(t, guarded, public)
	run := s.ran("nightly", tick, successful())
	for _, r := range web.New(s.web).Paths() {
		method, path, _ := strings.Cut(r, " ")
		path = strings.NewReplacer("{$}", "", "{job}", "nightly", "{run}", run, "{file}", "1").Replace(path)
		a := s.ask(method, path, browser)
		switch {
		case path == "/healthz" || path == "/readyz" || path == "/metrics" || strings.HasPrefix(path, "/assets/") || path == "/login" ||
			path == "/logout":
			if a.status == http.StatusForbidden || strings.Contains(a.body, "nightly") && path != "/metrics" {
				t.Errorf("%s: %d %s", r, a.status, a.body)
			}
		case strings.HasPrefix(path, "/api/"):
			refused(t, a, http.StatusUnauthorized, "RUNNER_WEB_TOKEN")
		default:
			has(t, page(t, a, http.StatusUnauthorized), `action="/login"`)
		}
	}
	if s.runs(t, "") != 1 {
		t.Error("somebody without a login started a run")
	}
}

// A token has to do what all of its jobs need, also where they have their query in common.
func TestATokenOfJobsWithOneQuery(t *testing.T) {
	const text = `
server: https://app.speckle.systems
defaults: { token_env: SHARED }
jobs:
  nightly: { schedule: "@daily", query: "{ activeUser { id } }", outputs: [{ file: "{job}.json" }] }
  new: { on_version: { project: 3f9a61c04d }, query: "{ activeUser { id } }", outputs: [{ file: "{job}.json" }] }
`
	file, problems := jobs.Load("jobs.yaml", []byte(text), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t, func(o *web.Options) {
		o.Preflight = func(string) *web.Preflight {
			return &web.Preflight{CheckedAt: time.Now(), OK: true, Listed: true, Scopes: []string{"profile:read"}}
		}
	})
	s.sched.Apply(file)
	has(t, page(t, s.ask("GET", "/tokens", browser), http.StatusOK), "Lacks scopes", "streams:read")
}

// A run that has failed, and waits for its next attempt, takes no time meanwhile.
func TestARunThatWaitsTakesNoTime(t *testing.T) {
	s := serve(t)
	s.work(func(context.Context, store.Claim) store.Outcome {
		return store.Outcome{State: store.Failed, Error: "away", Passing: true}
	})
	run := strings.TrimPrefix(s.ask("POST", "/jobs/by-hand/run", browser).header.Get("Location"), "/runs/")
	var text string
	s.await(func() bool {
		text = page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK)
		return strings.Contains(text, "Tried again")
	})
	has(t, text, "Attempt")
	hasnt(t, text, "Took")
}
