package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// browser is a request as a person's browser sends it.
func browser(r *http.Request) { r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8") }

func form(values ...string) func(*http.Request) {
	given := url.Values{}
	for i := 0; i < len(values); i += 2 {
		given.Set(values[i], values[i+1])
	}
	return func(r *http.Request) {
		body(given.Encode())(r)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// page reads an answer that must be a page with a status.
func page(t testing.TB, a answer, status int) string {
	t.Helper()
	if a.status != status || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("status %d %s, want a page with %d: %s", a.status, a.header.Get("Content-Type"), status, a.body)
	}
	policy := a.header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || a.header.Get("X-Frame-Options") != "DENY" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("unguarded: %v", a.header)
	}
	inert(t, a.body)
	return a.body
}

// inert reads a page as a browser does, and checks that it holds nothing inline
// and nothing of another host.
func inert(t testing.TB, body string) {
	t.Helper()
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		tag := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		if tag.Data == "style" || tag.Data == "iframe" || tag.Data == "base" {
			t.Errorf("the page holds %s", tag)
		}
		source := false
		for _, a := range tag.Attr {
			source = source || a.Key == "src"
			address := a.Key == "src" || a.Key == "href" || a.Key == "action" || a.Key == "formaction" || a.Key == "hx-get"
			own := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "#")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || address && !own {
				t.Errorf("the page holds %s=%q", a.Key, a.Val)
			}
		}
		if tag.Data == "script" && !source {
			t.Errorf("the page holds %s", tag)
		}
	}
}

func has(t testing.TB, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(body, w) {
			t.Errorf("the page lacks %q:\n%s", w, body)
		}
	}
}

func TestTheOverviewSaysThatAllIsWell(t *testing.T) {
	s := serve(t)
	s.ran("nightly", time.Now().Add(-2*time.Hour), successful())
	text := page(t, s.ask("GET", "/", browser), http.StatusOK)
	has(t, text, "Nothing needs you. Next is nightly", `href="/jobs/nightly"`, "Every model &lt;of&gt; the tower", "31 records",
		"by hand only", "disabled", "2 hours ago")
	if strings.Contains(text, "Needs attention") {
		t.Error("something needs attention")
	}
}

func TestTheOverviewSaysWhatNeedsAttentionAndWhatToDo(t *testing.T) {
	expires := time.Now().Add(3*24*time.Hour + time.Hour)
	s := serve(t, func(o *web.Options) {
		o.Preflight = func(job string) *web.Preflight {
			return map[string]*web.Preflight{
				"nightly": {OK: true, ExpiresAt: &expires},
				"off":     {Error: "nobody looks at a disabled one"},
			}[job]
		}
		o.Reload = func() scheduler.Reload { return scheduler.Reload{Error: "jobs.yaml:3:1: unknown key shedule"} }
		o.OtherFiles = func(context.Context) ([]string, error) {
			return []string{"night-2", "night-3", "night-4", "night-5", "night-6", "night-7"}, nil
		}
	})
	s.ran("nightly", time.Now().Add(-48*time.Hour), successful())
	s.ran("nightly", time.Now().Add(-2*time.Hour), store.Outcome{State: store.Failed,
		Error: "the server refuses the token: it is unknown\nmore"})
	text := page(t, s.ask("GET", "/", browser), http.StatusOK)
	has(t, text, "Needs attention", "jobs.yaml:3:1: unknown key shedule", "it is read again at once",
		"the server refuses the token", "2 hours ago; last good 2 days ago", "Make a new token in Speckle with the scopes",
		"The token in SPECKLE_TOKEN ends in 3 days", "Nodes have different job files",
		"night-2, night-3, night-4, night-5 and 2 more nodes.", "subPath")
	if strings.Contains(text, "disabled one") || strings.Contains(text, ">more<") {
		t.Errorf("too much is told: %s", text)
	}
}

// A token that can't be used is one card, however many jobs failed of it. What a job failed
// of besides is told.
func TestATokenThatIsRefusedIsOneCard(t *testing.T) {
	const refused = "the server refuses the token: it is unknown [x-request-id 1]"
	s := serve(t, func(o *web.Options) {
		o.Preflight = func(string) *web.Preflight { return &web.Preflight{Error: refused} }
	})
	cards := func() string {
		text := page(t, s.ask("GET", "/", browser), http.StatusOK)
		_, list, _ := strings.Cut(text, `<ul class="cards">`)
		list, _, _ = strings.Cut(list, "</ul>")
		return list
	}
	s.ran("nightly", time.Now().Add(-2*time.Hour), store.Outcome{State: store.Failed, Error: strings.Replace(refused, "1]", "2]", 1)})
	if list := cards(); strings.Count(list, "<li") != 1 || !strings.Contains(list, "It is used by") {
		t.Errorf("not one card: %s", list)
	}
	has(t, page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK), `<li class="card`, "x-request-id 2")
	s.ran("nightly", time.Now().Add(-time.Hour), store.Outcome{State: store.Failed, Error: "no space left on the disk"})
	if list := cards(); strings.Count(list, "<li") != 2 {
		t.Errorf("not two cards: %s", list)
	}
}

// What is to be done about a token goes by what is wrong with it: no new one is made for a
// variable that isn't set.
func TestWhatToDoAboutATokenIsTrue(t *testing.T) {
	const renewed, set, mend = "Make a new token in Speckle", "Set this variable where runner serve is started", "Mend the variable where"
	for trouble, want := range map[string]string{
		"the server refuses the token: it is unknown, expired or revoked":                               renewed,
		"token: missing secret: variable SPECKLE_TOKEN is not set":                                      set,
		"token: missing secret: variable SPECKLE_TOKEN is empty":                                        mend,
		"token: variable SPECKLE_TOKEN holds its value in quotes, and they are part of it: remove them": mend,
	} {
		s := serve(t, func(o *web.Options) {
			o.Preflight = func(string) *web.Preflight { return &web.Preflight{Error: trouble} }
		})
		text := page(t, s.ask("GET", "/", browser), http.StatusOK)
		has(t, text, "The token in SPECKLE_TOKEN can", want)
		for _, other := range []string{renewed, set, mend} {
			if other != want {
				hasnt(t, text, other)
			}
		}
	}
}

// A refused file's problems are told in words: a card has no place for lines and carets.
func TestARefusedJobFileIsToldWithoutItsLines(t *testing.T) {
	_, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\ntimezone: Berlin\njobs: {}\n"), nil)
	s := serve(t, func(o *web.Options) {
		o.Reload = func() scheduler.Reload { return scheduler.Reload{Error: problems.Error()} }
	})
	text := page(t, s.ask("GET", "/", browser), http.StatusOK)
	has(t, text, "jobs.yaml:2:11: timezone: there is no time zone", "(did you mean Europe/Berlin?)")
	hasnt(t, text, "^", "timezone: Berlin")
}

// Of a run that has ended nothing comes any more.
func TestALogThatStaysEmpty(t *testing.T) {
	s := serve(t)
	end := store.End{Job: "nightly", Tick: tick, State: store.Skipped, Trigger: store.Schedule}
	if _, err := s.store.Record(t.Context(), []store.End{end}); err != nil {
		t.Fatal(err)
	}
	text := page(t, s.ask("GET", "/runs/nightly-20260302T023000Z", browser), http.StatusOK)
	has(t, text, "Nothing was logged.")
	hasnt(t, text, "Nothing was logged yet")
}

func TestAHostileTextRunsNothing(t *testing.T) {
	const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}`
	s := serve(t)
	s.ran("nightly", time.Now().Add(-2*time.Hour), store.Outcome{State: store.Failed, Error: hostile + "\u202e\x1b[31m"})
	for _, path := range []string{"/", "/?q=" + url.QueryEscape(hostile+"\u202e\u2066"),
		"/?show=" + url.QueryEscape(hostile) + "&sort=" + url.QueryEscape(hostile) + "&page=-3", "/nothing" + url.PathEscape(hostile)} {
		a := s.ask("GET", path, browser)
		text := page(t, a, a.status)
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img src=x") || strings.ContainsAny(text, "\x1b\u202e\u2066") {
			t.Errorf("%s: %s", path, text)
		}
	}
}

func TestManyJobsStayReadable(t *testing.T) {
	s := serve(t)
	for path, want := range map[string]string{
		"/?q=nightly": `href="/jobs/nightly"`, "/?q=TOWER": `href="/jobs/nightly"`, "/?show=off": `href="/jobs/off"`,
		"/?sort=name":         `href="/jobs/by-hand"`,
		"/?q=nothing-like-it": "No job is like that",
	} {
		has(t, page(t, s.ask("GET", path, browser), http.StatusOK), want)
	}
	if text := page(t, s.ask("GET", "/?q=nightly", browser), http.StatusOK); strings.Contains(text, `href="/jobs/off"`) {
		t.Error("the search finds all")
	}
}

func TestWhoIsNotSignedInSeesTheLoginPageOnly(t *testing.T) {
	s := serve(t, guarded, public)
	s.ran("nightly", tick, successful())
	for _, path := range []string{"/", "/jobs/nightly", "/runs/" + store.RunID("nightly", tick), "/nothing", "/?q=nightly", "//x"} {
		text := page(t, s.ask("GET", path, browser), http.StatusUnauthorized)
		has(t, text, `<form method="post" action="/login"`, `type="password"`)
		if strings.Contains(text, "tower") || strings.Contains(text, "records") || strings.Contains(text, "Sign out") {
			t.Errorf("%s tells: %s", path, text)
		}
	}
	for _, path := range []string{"/assets/ui.css", "/assets/ui.js", "/assets/htmx.min.js", "/assets/mark.svg"} {
		if a := s.ask("GET", path, browser); a.status != http.StatusOK || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	text := page(t, serve(t, public).ask("GET", "/", browser), http.StatusForbidden)
	has(t, text, "RUNNER_WEB_TOKEN is not set", "openssl rand")
}

func TestSigningIn(t *testing.T) {
	s := serve(t, guarded, public)
	text := page(t, s.ask("POST", "/login", browser, form("token", "wrong")), http.StatusUnauthorized)
	has(t, text, "This is not the token")
	a := s.ask("POST", "/login", browser, form("token", token, "next", "/?q=x"))
	cookie := a.header.Get("Set-Cookie")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/?q=x" {
		t.Fatalf("signed in: %d %v", a.status, a.header)
	}
	for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("cookie %q lacks %s", cookie, want)
		}
	}
	if strings.Contains(cookie, token) || strings.Contains(cookie, "Secure") {
		t.Errorf("cookie %q", cookie)
	}
	value, _, _ := strings.Cut(cookie, ";")
	has(t, page(t, s.ask("GET", "/", browser, header("Cookie", value)), http.StatusOK), "nightly", "Sign out")
	name, _, _ := strings.Cut(value, "=")
	for _, both := range []string{name + "=old; " + value, value + "; " + name + "=1.old"} { // an older one of another path
		has(t, page(t, s.ask("GET", "/", browser, header("Cookie", both)), http.StatusOK), "nightly")
	}
	if a := s.ask("GET", "/api/v1/jobs", header("Cookie", value)); a.status != http.StatusOK {
		t.Errorf("the API with the cookie: %d", a.status)
	}
	forged := strings.Replace(value, "=1", "=2", 1)
	for _, bad := range []string{forged, value + "x", name + "=", name + "=9999999999.", name + "=x.y"} {
		page(t, s.ask("GET", "/", browser, header("Cookie", bad)), http.StatusUnauthorized)
	}
	s.later.Store(int64(31 * 24 * time.Hour))
	page(t, s.ask("GET", "/", browser, header("Cookie", value)), http.StatusUnauthorized)
	out := s.ask("POST", "/logout", browser)
	if got := out.header.Get("Set-Cookie"); !strings.Contains(got, "Max-Age=0") {
		t.Errorf("signed out: %q", got)
	}
	behind := s.ask("POST", "/login", browser, form("token", token, "next", "//evil.example/"), header("X-Forwarded-Proto", "https"))
	if !strings.Contains(behind.header.Get("Set-Cookie"), "Secure") || behind.header.Get("Location") != "/" {
		t.Errorf("behind TLS: %v", behind.header)
	}
}

// A browser sends the cookies of a host to all of its ports: who is signed in at one
// serve stays so while they sign in at, and out of, another.
func TestSessionsOfTwoPorts(t *testing.T) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	one := serve(t, guarded)
	other := serve(t, func(o *web.Options) { o.Token = secret.New(token + "-other") })
	ask := func(s *site, method, path string, change ...func(*http.Request)) int {
		at, err := url.Parse(s.url)
		if err != nil {
			t.Fatal(err)
		}
		a := s.ask(method, path, append(change, browser, func(r *http.Request) {
			for _, cookie := range jar.Cookies(at) {
				r.AddCookie(cookie)
			}
		})...)
		jar.SetCookies(at, (&http.Response{Header: a.header}).Cookies())
		return a.status
	}
	for s, own := range map[*site]string{one: token, other: token + "-other"} {
		if status := ask(s, "POST", "/login", form("token", own)); status != http.StatusSeeOther {
			t.Fatalf("signed in: %d", status)
		}
	}
	for _, s := range []*site{one, other} {
		if status := ask(s, "GET", "/"); status != http.StatusOK {
			t.Errorf("signed in at both: %d", status)
		}
	}
	ask(one, "POST", "/logout")
	if gone, stays := ask(one, "GET", "/"), ask(other, "GET", "/"); gone != http.StatusUnauthorized || stays != http.StatusOK {
		t.Errorf("signed out of one: %d there, %d at the other", gone, stays)
	}
}

// The cookie's name has the port that the browser asked for, if any.
func TestSessionOfAName(t *testing.T) {
	s := serve(t, guarded)
	for host, want := range map[string]string{"runner.example": "runner_session=", "runner.example:8443": "runner_session_8443=",
		"[::1]:80": "runner_session_80=", "a:99999": "runner_session="} { // few: tries are slowed
		a := s.ask("POST", "/login", form("token", token), func(r *http.Request) { r.Host = host })
		if got := a.header.Get("Set-Cookie"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %s", host, got, want)
		}
	}
}

func TestGuessesAreSlowed(t *testing.T) {
	s := serve(t, guarded, public)
	slowed := false
	for range 50 {
		a := s.ask("POST", "/login", browser, form("token", "wrong"))
		if slowed = a.status == http.StatusTooManyRequests; slowed {
			has(t, page(t, a, http.StatusTooManyRequests), "Wait a few seconds")
			break
		}
	}
	if !slowed {
		t.Fatal("fifty guesses in a row")
	}
	if a := s.ask("GET", "/api/v1/jobs", header("Authorization", "Bearer "+token)); a.status != http.StatusOK {
		t.Errorf("who has the token is slowed, too: %d", a.status)
	}
}

func TestAReadOnlyServiceChangesNothing(t *testing.T) {
	s := serve(t, func(o *web.Options) { o.ReadOnly = true })
	run := s.ran("nightly", tick, successful())
	for _, path := range []string{
		"/api/v1/jobs/nightly/run", "/api/v1/runs/" + run + "/cancel", "/api/v1/runs/" + run + "/redeliver", "/jobs/nightly/run",
		"/runs/" + run + "/again", "/runs/" + run + "/forget",
	} {
		refused(t, s.ask("POST", path), http.StatusForbidden, "RUNNER_WEB_READONLY")
	}
	filled := strings.NewReplacer("{$}", "", "{job}", "nightly", "{run}", run, "{file}", "1")
	for _, asked := range web.New(s.web).Pages() {
		path, get := strings.CutPrefix(filled.Replace(asked), "GET ")
		if !get || strings.HasPrefix(path, "/assets/") || path == "/login" {
			continue
		}
		hasnt(t, s.ask("GET", path, browser).body, `method="post"`, "Run now")
	}
	has(t, page(t, s.ask("GET", "/", browser), http.StatusOK), "read only")
}

// What is known of thousands of jobs is kept, and renewed where something happened.
func TestManyJobsAreKeptAndRenewed(t *testing.T) {
	var text strings.Builder
	text.WriteString("server: https://app.speckle.systems\ntimezone: UTC\n" +
		"x-all: &all {schedule: manual, token_env: T, query: '{activeUser{id}}', outputs: [{file: '{job}.json'}]}\njobs:\n")
	for i := range 1200 {
		fmt.Fprintf(&text, "  job-%04d: {<<: *all}\n", i)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t)
	s.sched.Apply(file)
	s.ran("job-0007", time.Now().Add(-3*time.Hour), successful())
	look := func(words ...string) {
		t.Helper()
		s.later.Add(int64(10 * time.Second))
		has(t, page(t, s.ask("GET", "/?q=job-0007", browser), http.StatusOK), words...)
	}
	look(`href="/jobs/job-0007"`, "31 records", "Nothing needs you")
	s.ran("job-0007", time.Now().Add(-time.Hour), store.Outcome{State: store.Failed, Error: "HTTP 503"})
	look("Needs attention", "HTTP 503", "Failing")
	claim, _, err := s.store.Begin(t.Context(), store.Begin{Job: "job-0007", Tick: time.Now().Add(-time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	look("Running")
	if err := s.store.Finish(t.Context(), claim, successful()); err != nil {
		t.Fatal(err)
	}
	look("31 records", "Good: ")
	s.ran("job-0007", time.Now(), store.Outcome{State: store.Failed, Error: "HTTP 502"})
	s.later.Add(int64(2 * time.Hour))
	look("HTTP 502")
	s.ran("job-0007", time.Now().Add(time.Second), successful())
	s.sched.Apply(&jobs.File{Jobs: file.Jobs[1:]})
	look("Good: ")
}

// A run that goes on although its timeout is over stands first on the overview, on its job's
// page and among those that run; one that has time is only running.
func TestAStuckRunNeedsAttention(t *testing.T) {
	t.Parallel()
	s := serve(t)
	began := time.Now().UTC().Add(-time.Hour).Truncate(time.Microsecond)
	late := time.Now().UTC().Add(-time.Minute).Truncate(time.Microsecond)
	runs := func(yield func(store.Invented) bool) {
		stuck := store.Run{Job: "nightly", Tick: began, State: store.Running, Attempt: 1, Trigger: store.Schedule, StartedAt: &began}
		inTime := store.Run{Job: "by-hand", Tick: late, State: store.Running, Attempt: 1, Trigger: store.Manual, StartedAt: &late}
		_ = yield(store.Invented{Run: stuck}) && yield(store.Invented{Run: inTime})
	}
	if err := s.store.Invent(t.Context(), []string{"nightly", "by-hand"}, runs); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/jobs/nightly", "/?show=running", "/?show=attention"} {
		body := page(t, s.ask("GET", path, browser), http.StatusOK)
		for _, want := range []string{"Stuck", "Its timeout of 30m0s is over", "output folder", "/runs/nightly-"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s lacks %q", path, want)
			}
		}
	}
	if body := page(t, s.ask("GET", "/jobs/by-hand", browser), http.StatusOK); strings.Contains(body, "Stuck") {
		t.Error("a run that has time is called stuck")
	}
}
