package web_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

func TestTheCalendar(t *testing.T) {
	s := serve(t)
	s.ran("nightly", time.Now().Add(-time.Minute), successful())
	s.ran("nightly", time.Now().Add(-2*time.Minute), store.Outcome{State: store.Failed, Error: "x"})
	text := page(t, s.ask("GET", "/calendar", browser), http.StatusOK)
	has(t, text, "by the clock of Europe/London", "All day long", `href="/jobs/nightly"`, "The next 7 days", "The past weeks", "1 failed", "✕")
	if strings.Contains(text, `href="/jobs/off"`) || strings.Contains(text, `href="/jobs/by-hand"`) {
		t.Error("a job is in the calendar that is never due")
	}
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
	has(t, text, "Given up", "HTTP 410")
	has(t, page(t, s.ask("GET", "/", browser), http.StatusOK), "Undelivered", "2 messages could not be delivered",
		"send again; or give them up")
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
