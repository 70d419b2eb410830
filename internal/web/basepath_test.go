package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/ui"
)

// below puts a site below a base path.
func below(t testing.TB, base string) func(*web.Options) {
	t.Helper()
	path, err := web.ParseBasePath(base)
	if err != nil {
		t.Fatal(err)
	}
	return func(o *web.Options) { o.BasePath = path }
}

func TestBasePaths(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "/": "", "/runner": "/runner", "/runner/": "/runner", "/tools/runner": "/tools/runner",
		"/a.b/~c_D-9": "/a.b/~c_D-9", "/...": "/...",
	} {
		if got, err := web.ParseBasePath(text); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, words := range map[string]string{
		"runner": "begins with a slash", "https://example.com/runner": "without scheme and host", "C:/Program Files/Git/runner": "Git Bash makes of /runner",
		"//x": "between two of its slashes", "//": "between two of its slashes", "/a//b": "between two", "/a/../b": `browsers leave ".." out`,
		"/..": `browsers leave ".." out`, "/./a": `browsers leave "." out`, "/a?b=c": `it holds '?'`, "/a#b": `'#'`, "/a%2Fb": `'%'`, "/a b": `' '`,
		"/a\nb": `'\n'`, "/a\x00": `'\x00'`,
		"/bücher": `'ü'`, `/a\b`: `'\\'`, "/{job}": `'{'`, "/a;b": `';'`, "/<b>": `'<'`, "/\xff": "it holds", "/a/ ": `' '`,
	} {
		got, err := web.ParseBasePath(text)
		if err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), "/runner") || got != "" {
			t.Errorf("%q: %q, %v, want an error with %q and an example", text, got, err, words)
		}
	}
}

// FuzzBasePath holds that whatever is taken finds its pages, and nothing else does.
func FuzzBasePath(f *testing.F) {
	for _, seed := range []string{"/runner", "/a.b/~c", "/x/", "/healthz", "/assets", "//", "/%2e"} {
		f.Add(seed, "/runnerx")
	}
	f.Add("/r", "/r#x")
	s := backstage(f)
	f.Fuzz(func(t *testing.T, text, other string) {
		base, err := web.ParseBasePath(text)
		if err != nil || base == "" {
			return
		}
		s.web.BasePath = base
		handler := web.New(s.web)
		status := func(path string) int {
			r := httptest.NewRequest("GET", "/", nil)
			r.Host = "localhost"
			r.URL, err = url.Parse(path)
			if err != nil || r.URL.Host != "" || r.URL.RawQuery != "" || r.URL.Fragment != "" || !strings.HasPrefix(r.URL.Path, "/") {
				return http.StatusNotFound // a browser sends no fragment
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			return w.Code
		}
		for _, path := range []string{"/healthz", string(base) + "/healthz", string(base) + "/api/v1/jobs"} {
			if got := status(path); got != http.StatusOK {
				t.Errorf("below %s, %s: %d", base, path, got)
			}
		}
		if path := other + "/api/v1/jobs"; other != string(base) && status(path) == http.StatusOK {
			t.Errorf("below %s, %s is answered", base, path)
		}
	})
}

// everyPage is a site whose pages hold everything that they can: more jobs, runs and
// tokens than one shows, files, messages, and what needs attention.
func everyPage(t *testing.T, base string, change ...func(*web.Options)) *site {
	t.Helper()
	dir := t.TempDir()
	trial := func(o *web.Options) {
		o.OutputDir = dir
		o.Try = func(context.Context, *jobs.Job) ui.Trial { return ui.Trial{Records: 1, Sample: []string{`{"a":1}`}} }
		o.Preflight = func(job string) *web.Preflight {
			return &web.Preflight{CheckedAt: time.Now(), OK: job != "nightly", Error: "refused"}
		}
	}
	s := serve(t, append([]func(*web.Options){below(t, base), trial}, change...)...)
	var text strings.Builder
	text.WriteString(jobFile)
	for i := range 120 {
		fmt.Fprintf(&text, "  job-%03d: {schedule: manual, token_env: T%03d, query: '{activeUser{id}}', outputs: [{file: '{job}.json'}]}\n", i, i)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s.sched.Apply(file)
	if err := os.WriteFile(filepath.Join(dir, "nightly.json"), []byte(`[{"name":"a"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 30 {
		s.ran("nightly", tick.Add(time.Duration(i)*time.Hour), successful())
	}
	for i := range 7 {
		s.ran(fmt.Sprintf("job-%03d", i), tick, store.Outcome{State: store.Failed, Error: "HTTP 503"})
	}
	s.giveUp(base)
	s.ran("nightly", time.Now().Add(-time.Hour), successful())
	return s
}

// giveUp makes a run whose message is given up: its receiver is gone for good.
func (s *site) giveUp(base string) {
	s.t.Helper()
	ctx, cancel := context.WithCancel(s.t.Context())
	var group sync.WaitGroup
	group.Go(func() {
		_ = s.store.Work(ctx, store.WorkOptions{
			Handler: func(context.Context, store.Claim) store.Outcome {
				return store.Outcome{State: store.Succeeded, Deliveries: []store.NewDelivery{{Kind: "output", Target: "HOOK"}}}
			},
			Deliver: func(context.Context, store.Delivery) store.DeliveryResult { return store.Final(errors.New("HTTP 410")) },
		})
	})
	run := s.ask("POST", base+"/jobs/by-hand/run", browser).header.Get("Location")
	s.await(func() bool { return strings.Contains(s.ask("GET", run, browser).body, "Given up") })
	cancel()
	group.Wait()
}

// addresses are attributes that lead somewhere.
var addresses = map[string]bool{"href": true, "src": true, "action": true, "formaction": true, "hx-get": true, "hx-post": true, "hx-put": true,
	"hx-patch": true, "hx-delete": true, "hx-push-url": true, "hx-replace-url": true, "data": true, "poster": true, "srcset": true, "ping": true}

// leads gives where a page leads to: by a link, and by a button.
func leads(body string) (links, buttons []string) {
	for z := html.NewTokenizer(strings.NewReader(body)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			return links, buttons
		}
		tag := z.Token()
		posts := false
		for _, a := range tag.Attr {
			posts = posts || tag.Data == "form" && a.Key == "method" && a.Val == "post"
		}
		for _, a := range tag.Attr {
			switch {
			case !addresses[a.Key] || strings.HasPrefix(a.Val, "#") || a.Val == "true":
			case posts:
				buttons = append(buttons, a.Val)
			default:
				links = append(links, a.Val)
			}
		}
	}
}

// TestEverythingLeadsBelowTheBasePath follows links and presses buttons until it has
// seen every page and button, a dozen of each kind.
func TestEverythingLeadsBelowTheBasePath(t *testing.T) {
	for _, base := range []string{"", "/tools/runner"} {
		t.Run(base, func(t *testing.T) {
			s := everyPage(t, base)
			routes := http.NewServeMux()
			missing := map[string]bool{}
			for _, route := range web.New(s.web).Paths() {
				method, path, _ := strings.Cut(route, " ")
				routes.Handle(method+" "+base+path, http.NotFoundHandler())
				missing[method+" "+base+path] = true
			}
			seen, alike := map[string]bool{}, map[string]int{}
			waiting := s.ask("POST", base+"/jobs/off/run", browser).header.Get("Location")
			todo := []string{"GET " + waiting, "GET " + base + "/", "GET " + base + "/jobs", "GET " + base + "/jobs/job-099",
				"GET " + base + "/assets/htmx.LICENSE", "GET " + base + "/login", "GET " + base + "/nothing"}
			if base != "" {
				todo = append(todo, "GET "+base+"//jobs")
			}
			for len(todo) > 0 {
				one := todo[0]
				todo = todo[1:]
				method, address, _ := strings.Cut(one, " ")
				if !strings.HasPrefix(address, base+"/") || strings.HasPrefix(address, "//") {
					t.Errorf("something leads to %s, outside of %s", address, base)
					continue
				}
				if seen[one] {
					continue
				}
				seen[one] = true
				r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
				if err != nil {
					t.Fatal(err)
				}
				_, pattern := routes.Handler(r)
				delete(missing, pattern)
				if alike[pattern]++; alike[pattern] > 12 {
					continue // others of its kind were looked at
				}
				a := s.ask(method, address, browser)
				if known := pattern != "" && !strings.Contains(address, "//"); known && a.status >= 400 && method == "GET" {
					t.Errorf("%s: %d %s", one, a.status, a.body)
				}
				if to := a.header.Get("Location"); to != "" {
					todo = append(todo, "GET "+to)
				}
				if !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
					continue
				}
				links, buttons := leads(a.body)
				for _, link := range links {
					todo = append(todo, "GET "+link)
				}
				for _, button := range buttons {
					todo = append(todo, "POST "+button)
				}
			}
			for route := range missing {
				elsewhere := strings.Contains(route, " "+base+"/api/") || strings.HasSuffix(route, base+"/healthz") ||
					strings.HasSuffix(route, base+"/readyz") || strings.HasSuffix(route, base+"/metrics")
				if !elsewhere && route != "POST "+base+"/logout" && route != "POST "+base+"/login" { // TestBehindAProxy
					t.Errorf("nothing leads to %s", route)
				}
			}
		})
	}
}

// TestNoTemplateForgetsTheBasePath reads the templates: also what this house has no
// data for, and pages of tomorrow.
func TestNoTemplateForgetsTheBasePath(t *testing.T) {
	attribute := regexp.MustCompile(`\s(href|src|action|formaction|hx-[a-z-]+|srcset|poster|ping)=("[^"]*"|'[^']*'|[^\s>]+)`)
	files, err := filepath.Glob("ui/pages/*.html")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	seen := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range attribute.FindAllStringSubmatch(string(text), -1) {
			name, value := m[1], strings.Trim(m[2], `"'`)
			leads := strings.Contains(value, "/") || strings.Contains(value, "URL") || name == "hx-get" || !strings.HasPrefix(name, "hx-")
			switch {
			case !leads, strings.HasPrefix(value, "#"), strings.HasPrefix(value, "{{asset "):
			case strings.HasPrefix(value, "{{base}}/"), strings.HasPrefix(value, "{{base}}{{"):
				seen++
			default:
				t.Errorf("%s: %s=%s lacks {{base}}", file, name, m[2])
			}
		}
	}
	if seen < 40 {
		t.Errorf("%d addresses were found", seen)
	}
}

func TestHealthAnswersBelowTheBasePathAndWithoutIt(t *testing.T) {
	for name, change := range map[string]func(*web.Options){"open": func(*web.Options) {}, "guarded": guarded} {
		s := serve(t, below(t, "/runner"), change, func(o *web.Options) { o.Metrics = web.NewMetrics("test") })
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			for _, path := range []string{path, "/runner" + path} {
				if a := s.ask("GET", path); a.status != http.StatusOK {
					t.Errorf("%s, %s: %d %s", name, path, a.status, a.body)
				}
				refused(t, s.ask("DELETE", path, header("Authorization", "Bearer "+token)), http.StatusMethodNotAllowed, "DELETE")
			}
		}
	}
}

func TestOutsideOfTheBasePathIsNothing(t *testing.T) {
	s := serve(t, below(t, "/runner"))
	for _, path := range []string{"/", "/jobs/nightly", "/api/v1/jobs", "/login", "/assets/ui.css", "/runnerx", "/runner.", "/Runner/",
		"/x/runner/",
		"//runner/", "/%72unner/", "/runner%2Fapi/v1/jobs", "/runner%2f", "/healthz/", "/healthz/../runner/api/v1/jobs"} {
		a := s.ask("GET", path)
		refused(t, a, http.StatusNotFound, "everything is below /runner/ here")
		if to := a.header.Get("Location"); to != "" {
			t.Errorf("%s leads to %s", path, to)
		}
		has(t, page(t, s.ask("GET", strings.Replace(path, "/api", "/", 1), browser), http.StatusNotFound), "no such page", `href="/runner/"`)
	}
	refused(t, s.ask("POST", "/api/v1/jobs/nightly/run"), http.StatusNotFound, "no such page")
	refused(t, s.ask("GET", "/", host("evil.example")), http.StatusForbidden, "evil.example")
	refused(t, s.ask("POST", "/", header("Sec-Fetch-Site", "cross-site")), http.StatusForbidden, "another origin")
	for _, path := range []string{"/runner", "/runner/", "/runner?q=nightly"} {
		has(t, page(t, s.ask("GET", path, browser), http.StatusOK), `href="/runner/jobs/nightly"`)
	}
	if s.runs(t, "") != 0 {
		t.Error("a run was started from outside")
	}
	locked := serve(t, below(t, "/runner"), guarded, public)
	text := page(t, locked.ask("GET", "/jobs/nightly", browser), http.StatusNotFound)
	if strings.Contains(text, "tower") || strings.Contains(text, "Sign out") {
		t.Errorf("too much is told: %s", text)
	}
}

func TestTheAPIBelowABasePath(t *testing.T) {
	s := serve(t, below(t, "/runner"))
	s.url += "/runner"
	a := s.ask("POST", "/api/v1/jobs/nightly/run")
	started := decode[struct{ Run string }](t, a, http.StatusAccepted)
	if got := a.header.Get("Location"); got != "/runner/api/v1/runs/"+started.Run {
		t.Errorf("Location %q", got)
	}
	s.ran("nightly", tick, successful())
	a = s.ask("GET", "/api/v1/runs?limit=1")
	if link := a.header.Get("Link"); !strings.HasPrefix(link, "</runner/api/v1/runs?") || !strings.HasSuffix(link, `>; rel="next"`) {
		t.Errorf("Link %q", link)
	}
	tag := s.ask("GET", "/api/v1/jobs").header.Get("ETag")
	if a := s.ask("GET", "/api/v1/jobs", header("If-None-Match", tag)); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("with its tag: %d %s", a.status, a.body)
	}
	for path, words := range map[string]string{
		"/api/v1/jobs/nobody": "/runner/api/v1/jobs lists", "/api/v1/runs/nightly-20200101T000000Z": "/runner/api/v1/runs lists",
		"/api/v1/nothing": "the pages begin at /runner/; the API is below /runner/api/v1",
	} {
		refused(t, s.ask("GET", path), http.StatusNotFound, words)
	}
}

// TestNoRouteIsOpenBelowABasePath asks for everything without a login, with the base
// path and without it.
func TestNoRouteIsOpenBelowABasePath(t *testing.T) {
	s := serve(t, guarded, public, below(t, "/runner"))
	run := s.ran("nightly", tick, successful())
	for _, r := range web.New(s.web).Paths() {
		method, path, _ := strings.Cut(r, " ")
		path = strings.NewReplacer("{$}", "", "{job}", "nightly", "{run}", run, "{file}", "1").Replace(path)
		within, outside := s.ask(method, "/runner"+path, browser), s.ask(method, path, browser)
		switch {
		case path == "/healthz" || path == "/readyz" || path == "/metrics":
			continue // TestHealthAnswersBelowTheBasePathAndWithoutIt
		case strings.HasPrefix(path, "/assets/") || path == "/login" || path == "/logout":
			if within.status == http.StatusForbidden || strings.Contains(within.body, "nightly") {
				t.Errorf("%s: %d %s", r, within.status, within.body)
			}
		case strings.HasPrefix(path, "/api/"):
			refused(t, within, http.StatusUnauthorized, "RUNNER_WEB_TOKEN")
		default:
			has(t, page(t, within, http.StatusUnauthorized), `action="/runner/login"`)
		}
		if outside.status != http.StatusNotFound || strings.Contains(outside.body, "tower") {
			t.Errorf("%s outside: %d %s", r, outside.status, outside.body)
		}
	}
	if s.runs(t, "") != 1 {
		t.Error("somebody without a login started a run")
	}
}

func TestGuardsBelowABasePath(t *testing.T) {
	s := serve(t, below(t, "/runner"))
	s.url += "/runner"
	refused(t, s.ask("GET", "/api/v1/jobs", host("evil.example")), http.StatusForbidden, "evil.example")
	for _, path := range []string{"/jobs/nightly/run", "/api/v1/jobs/nightly/run", "/login"} {
		for _, from := range []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Sec-Fetch-Site", "same-site"),
			header("Origin", "https://evil.example")} {
			refused(t, s.ask("POST", path, from), http.StatusForbidden, "another origin")
		}
	}
	readOnly := serve(t, below(t, "/runner"), func(o *web.Options) { o.ReadOnly = true })
	readOnly.url += "/runner"
	for _, path := range []string{"/jobs/nightly/run", "/api/v1/jobs/nightly/run", "/check"} {
		refused(t, readOnly.ask("POST", path), http.StatusForbidden, "RUNNER_WEB_READONLY")
	}
	if text := page(t, readOnly.ask("GET", "/", browser), http.StatusOK); strings.Contains(text, `method="post"`) {
		t.Errorf("a button is left: %s", text)
	}
	if s.runs(t, "")+readOnly.runs(t, "") != 0 {
		t.Error("a run was started")
	}
	long := form("file", strings.Repeat("#", 100<<10)+"\n"+jobFile)
	has(t, page(t, s.ask("POST", "/check", browser, long), http.StatusOK), "This job file is good")
}

// behind puts a proxy before a site that passes on what is below a path; rewrite may
// change what it passes on.
func behind(s *site, path string, rewrite func(*httputil.ProxyRequest)) {
	origin, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	front := http.NewServeMux()
	front.Handle(path+"/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(origin)
		r.SetXForwarded()
		rewrite(r)
	}})
	server := httptest.NewTLSServer(front)
	s.t.Cleanup(server.Close)
	s.url, s.client = server.URL, server.Client()
}

func keepHost(r *httputil.ProxyRequest) { r.Out.Host = r.In.Host }

func TestBehindAProxy(t *testing.T) {
	s := serve(t, guarded, below(t, "/runner"))
	behind(s, "/runner", keepHost)
	front := s.url
	text := page(t, s.ask("GET", "/runner/jobs/nightly?before=x", browser), http.StatusUnauthorized)
	has(t, text, `action="/runner/login"`, `value="/jobs/nightly?before=x"`, `href="/runner/assets/`)
	own := header("Origin", front)
	a := s.ask("POST", "/runner/login", browser, own, form("token", token, "next", "/jobs/nightly"))
	cookie := a.header.Get("Set-Cookie")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/runner/jobs/nightly" {
		t.Fatalf("signed in: %d %v", a.status, a.header)
	}
	for _, want := range []string{"Path=/runner;", "HttpOnly", "SameSite=Strict", "Secure"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("the cookie %q lacks %s", cookie, want)
		}
	}
	value, _, _ := strings.Cut(cookie, ";")
	signedIn := header("Cookie", value)
	has(t, page(t, s.ask("GET", "/runner/jobs/nightly", browser, signedIn), http.StatusOK), `action="/runner/jobs/nightly/run"`)
	a = s.ask("POST", "/runner/jobs/nightly/run", browser, own, signedIn)
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/runner/runs/nightly-") {
		t.Fatalf("run now: %d %v", a.status, a.header)
	} else if text := page(t, s.ask("GET", to, browser, signedIn), http.StatusOK); !strings.Contains(text, `hx-get="`+to+`"`) {
		t.Errorf("the page looks elsewhere: %s", text)
	}
	if to := s.ask("GET", "/runner/login?next=/tokens", browser, signedIn).header.Get("Location"); to != "/runner/tokens" {
		t.Errorf("who is signed in is led to %q", to)
	}
	out := s.ask("POST", "/runner/logout", browser, own, signedIn)
	back := out.header.Values("Set-Cookie")
	if len(back) != 2 || out.header.Get("Location") != "/runner/login" {
		t.Fatalf("signed out: %v", out.header)
	}
	for i, path := range []string{"Path=/runner;", "Path=/;"} { // that of a serve without a base path, too
		gone := strings.SplitAfter(cookie, "=")[0] + ";"
		if !strings.HasPrefix(back[i], gone) || !strings.Contains(back[i], "Max-Age=0") || !strings.Contains(back[i], path) {
			t.Errorf("signed out: %q, want %s", back[i], path)
		}
	}
	for _, next := range []string{"//evil.example/", "https://evil.example/", `/\evil.example`, "/\t/evil.example"} {
		a := s.ask("POST", "/runner/login", browser, own, form("token", token, "next", next))
		if to := a.header.Get("Location"); to != "/runner/" {
			t.Errorf("next=%q leads to %q", next, to)
		}
	}
	for proto, secure := range map[string]bool{"https": true, "HTTPS, http": true, "http": false, "http, https": false, "": false} {
		plain := serve(t, guarded, below(t, "/runner"))
		cookie := plain.ask("POST", "/runner/login", form("token", token), header("X-Forwarded-Proto", proto)).header.Get("Set-Cookie")
		if strings.Contains(cookie, "Secure") != secure {
			t.Errorf("X-Forwarded-Proto: %s: %q", proto, cookie)
		}
	}
}

// A proxy that names itself as the host is told of by whom it stops.
func TestBehindAProxyThatHidesTheHost(t *testing.T) {
	s := serve(t, guarded, below(t, "/runner"))
	behind(s, "/runner", func(*httputil.ProxyRequest) {})
	refused(t, s.ask("POST", "/runner/login", header("Origin", s.url), form("token", token)), http.StatusForbidden, "pass the Host header on")
}

// A proxy that takes the base path off is no way here, and leads nobody in a circle.
func TestBehindAProxyThatTakesTheBasePathOff(t *testing.T) {
	s := serve(t, below(t, "/runner"))
	behind(s, "/runner", func(r *httputil.ProxyRequest) { r.Out.URL.Path = strings.TrimPrefix(r.Out.URL.Path, "/runner") })
	for _, path := range []string{"/runner/", "/runner/jobs/nightly", "/runner/calendar"} {
		a := s.ask("GET", path, browser)
		has(t, page(t, a, http.StatusNotFound), "everything is below /runner/ here", "a proxy has to pass that part of a path on, too")
		if a.header.Get("Location") != "" {
			t.Errorf("%s: %v", path, a.header)
		}
	}
}

func TestTheAddressOfASiteHasItsBasePath(t *testing.T) {
	s := backstage(t, below(t, "/runner/"))
	l, err := web.Listen(t.Context(), "127.0.0.1:0", s.web)
	if err != nil {
		t.Fatal(err)
	}
	s.background(func(ctx context.Context) { _ = l.Serve(ctx) })
	address := l.URL()
	if !strings.HasSuffix(address, "/runner") {
		t.Errorf("URL %s", address)
	}
	s.url = address
	has(t, page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK), `href="/runner/calendar"`)
}
