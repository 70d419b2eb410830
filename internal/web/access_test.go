package web_test

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/web"
)

const token = "a long random text 0123456789"

func guarded(o *web.Options) { o.Token = secret.New(token) }
func public(o *web.Options)  { o.Loopback = false }

func TestOnLoopbackForeignHostsAreRefused(t *testing.T) {
	s := serve(t)
	cases := map[string]bool{
		"localhost": true, "LocalHost:8080": true, "127.0.0.1": true, "127.9.9.9:1": true, "[::1]:8080": true, "[::1]": true,
		"[::ffff:127.0.0.1]:80": true,
		"evil.example":          false, "evil.example:8080": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false,
		"10.0.0.1:8080": false, "[fe80::1]:8080": false, "0.0.0.0:8080": false, "localhost@evil.example": false,
	}
	for name, good := range cases {
		for _, path := range []string{"/healthz", "/api/v1/jobs", "/nothing"} {
			a := s.ask("GET", path, host(name))
			if refusedHost := a.status == http.StatusForbidden; refusedHost == good {
				t.Errorf("Host %s %s: %d %s", name, path, a.status, a.body)
			}
		}
	}
	refused(t, s.ask("POST", "/api/v1/jobs/nightly/run", host("evil.example")), http.StatusForbidden, "RUNNER_WEB_TOKEN")
	if s.runs(t, "") != 0 {
		t.Error("a foreign host started a run")
	}
}

func TestOtherOriginsAreRefused(t *testing.T) {
	s := serve(t)
	const path = "/api/v1/jobs/nightly/run"
	for _, from := range [][2]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
		{"Origin", "http://127.0.0.1:1"},
	} {
		refused(t, s.ask("POST", path, header(from[0], from[1])), http.StatusForbidden, "another origin")
	}
	if s.runs(t, "") != 0 {
		t.Fatal("another origin started a run")
	}
	preflight := s.ask("OPTIONS", path, header("Origin", "https://evil.example"), header("Access-Control-Request-Method", "POST"))
	for name := range preflight.header {
		if strings.HasPrefix(name, "Access-Control") {
			t.Errorf("a preflight is answered with %s", name)
		}
	}
	for _, own := range []func(*http.Request){header("Origin", s.url), header("Sec-Fetch-Site", "same-origin"), func(*http.Request) {}} {
		decode[struct{ Run string }](t, s.ask("POST", path, own), http.StatusAccepted)
	}
	refused(t, serve(t, guarded).ask("POST", path, header("Authorization", "Bearer "+token), header("Sec-Fetch-Site", "cross-site")),
		http.StatusForbidden, "origin")
}

func TestATokenGuardsAllButHealth(t *testing.T) {
	for name, where := range map[string]func(*web.Options){"loopback": func(*web.Options) {}, "public": public} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, guarded, where)
			for _, path := range []string{"/healthz", "/readyz"} {
				if a := s.ask("GET", path, host("runner.example")); a.status != http.StatusOK {
					t.Errorf("%s without a token: %d", path, a.status)
				}
			}
			for _, given := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Bearer " + token[1:], "Bearer " + token + "x", "Basic " + token,
				token, "Bearer [redacted]"} {
				for _, path := range []string{"/api/v1/jobs", "/api/v1/status", "/nothing", "/", "/healthz/", "//healthz"} {
					a := s.ask("GET", path, header("Authorization", given))
					refused(t, a, http.StatusUnauthorized, "RUNNER_WEB_TOKEN")
					if a.header.Get("WWW-Authenticate") != `Bearer realm="runner"` || strings.Contains(a.body, token) {
						t.Errorf("%q %s: %v %s", given, path, a.header, a.body)
					}
				}
			}
			refused(t, s.ask("POST", "/api/v1/jobs/nightly/run"), http.StatusUnauthorized, "token")
			twice := func(r *http.Request) { r.Header["Authorization"] = []string{"Bearer " + token, "Bearer wrong"} }
			refused(t, s.ask("GET", "/api/v1/jobs", twice), http.StatusUnauthorized, "token")
			for _, given := range []string{"Bearer " + token, "bearer " + token} {
				if a := s.ask("GET", "/api/v1/jobs", header("Authorization", given), host("runner.example")); a.status != http.StatusOK {
					t.Errorf("the right token: %d %s", a.status, a.body)
				}
			}
			refused(t, s.ask("GET", "/nothing", header("Authorization", "Bearer "+token)), http.StatusNotFound, "/api/v1")
		})
	}
}

func TestBeyondLoopbackWithoutATokenOnlyHealthAnswers(t *testing.T) {
	s := serve(t, public)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a := s.ask("GET", path, host("10.1.2.3:8080")); a.status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	for _, path := range []string{"/api/v1/jobs", "/api/v1/runs", "/api/v1/status", "/"} {
		a := s.ask("GET", path, header("Authorization", "Bearer "))
		refused(t, a, http.StatusForbidden, "RUNNER_WEB_TOKEN is not set")
		refused(t, a, http.StatusForbidden, "Authorization: Bearer")
	}
	refused(t, s.ask("POST", "/api/v1/jobs/nightly/run"), http.StatusForbidden, "RUNNER_WEB_TOKEN")
	if s.runs(t, "") != 0 {
		t.Error("a run was started without a token")
	}
}

func TestMethods(t *testing.T) {
	s := serve(t)
	run := s.ran("nightly", tick, successful())
	for path, allow := range map[string]string{
		"/healthz": "GET, HEAD, OPTIONS", "/readyz": "GET, HEAD, OPTIONS", "/api/v1/status": "GET, HEAD, OPTIONS",
		"/api/v1/jobs": "GET, HEAD, OPTIONS", "/api/v1/jobs/nightly": "GET, HEAD, OPTIONS", "/api/v1/jobs/nightly/run": "POST, OPTIONS",
		"/api/v1/runs": "GET, HEAD, OPTIONS", "/api/v1/runs/" + run: "GET, HEAD, OPTIONS",
		"/api/v1/runs/" + run + "/cancel": "POST, OPTIONS", "/api/v1/runs/" + run + "/redeliver": "POST, OPTIONS",
	} {
		a := s.ask("DELETE", path)
		refused(t, a, http.StatusMethodNotAllowed, "DELETE")
		if got := a.header.Get("Allow"); got != allow {
			t.Errorf("%s allows %q, want %q", path, got, allow)
		}
		if a := s.ask("OPTIONS", path); a.status != http.StatusNoContent || a.header.Get("Allow") != allow {
			t.Errorf("OPTIONS %s: %d %q", path, a.status, a.header.Get("Allow"))
		}
		head := s.ask("HEAD", path)
		if strings.HasPrefix(allow, "GET") {
			if head.status != http.StatusOK || head.body != "" {
				t.Errorf("HEAD %s: %d %q", path, head.status, head.body)
			}
		} else if head.status != http.StatusMethodNotAllowed {
			t.Errorf("HEAD %s: %d", path, head.status)
		}
	}
	for _, path := range []string{"/api", "/api/v1", "/api/v1/job", "/metric", "/api/v1/runs/" + run + "/retry", "//nothing"} {
		refused(t, s.ask("GET", path), http.StatusNotFound, "no such page")
		if a := s.ask("OPTIONS", path); a.status != http.StatusNotFound {
			t.Errorf("OPTIONS %s: %d", path, a.status)
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := serve(t)
	for _, a := range []answer{
		s.ask("GET", "/healthz"), s.ask("GET", "/api/v1/jobs"), s.ask("GET", "/nothing"), s.ask("POST", "/healthz"), s.ask("OPTIONS", "/healthz"),
		s.ask("GET", "/healthz", host("evil.example")),
	} {
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
			"Content-Security-Policy":      "default-src 'none'; frame-ancestors 'none'",
			"Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%d %s: %s is %q", a.status, a.body, name, got)
			}
		}
	}
}

func TestWhatWouldBeIgnoredIsRefused(t *testing.T) {
	s := serve(t)
	const run = "/api/v1/jobs/nightly/run"
	refused(t, s.ask("POST", run, body(`{"tick":"2026-03-02T02:30:00Z"}`)), http.StatusBadRequest, "--tick")
	refused(t, s.ask("POST", run, body(strings.Repeat(" ", 70<<10))), http.StatusRequestEntityTooLarge, "too large")
	refused(t, s.ask("POST", run+"?tick=2026-03-02T02:30:00Z"), http.StatusBadRequest, `unknown parameter "tick"`)
	refused(t, s.ask("GET", "/api/v1/runs?jobs=nightly"), http.StatusBadRequest, "known are: job, state, undelivered, limit, before")
	refused(t, s.ask("GET", "/api/v1/runs?job=a;b"), http.StatusBadRequest, "percent-encode")
	refused(t, s.ask("GET", "/api/v1/runs?job=%00"), http.StatusBadRequest, `parameter "job" is not text`)
	refused(t, s.ask("GET", "/api/v1/runs?job=%ff"), http.StatusBadRequest, "UTF-8")
	refused(t, s.ask("POST", "/api/v1/runs/a%00-20260302T023000Z/cancel"), http.StatusBadRequest, "the address is not text")
	if n := s.runs(t, ""); n != 0 {
		t.Fatalf("%d runs were started", n)
	}
	for _, nothing := range []string{"", " \n", "{}"} {
		if a := s.ask("POST", run, body(nothing)); a.status != http.StatusAccepted {
			t.Errorf("body %q: %d %s", nothing, a.status, a.body)
		}
	}
}

func TestAPanicCostsOneRequest(t *testing.T) {
	s := serve(t, func(o *web.Options) {
		o.Reload = func() scheduler.Reload { panic("went wrong with " + pasted) }
	})
	a := s.ask("GET", "/api/v1/status")
	refused(t, a, http.StatusInternalServerError, "inside the runner")
	if log := s.log.String(); !strings.Contains(log, "went wrong with") || !strings.Contains(log, "TestAPanicCostsOneRequest") ||
		strings.Contains(log+a.body, pasted) {
		t.Errorf("answer %s, log %s", a.body, log)
	}
	if a := s.ask("GET", "/healthz"); a.status != http.StatusOK {
		t.Errorf("after a panic: %d", a.status)
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	s := serve(t, guarded)
	auth := header("Authorization", "Bearer "+token)
	for _, a := range []answer{
		s.ask("GET", "/api/v1/runs?job=hush", auth), s.ask("GET", "/api/v1/runs?before="+pasted, auth),
		s.ask("GET", "/api/v1/runs?"+pasted+"=1", auth),
		s.ask("GET", "/api/v1/jobs/"+pasted, auth), s.ask("GET", "/api/v1/runs/"+pasted, auth), s.ask("GET", "/"+pasted, auth),
		s.ask("POST", "/api/v1/jobs/"+pasted+"/run", auth), s.ask("POST", "/api/v1/runs/"+pasted+"-20260302T023000Z/cancel", auth),
		s.ask("GET", "/api/v1/jobs", header("Authorization", "Bearer wrong-but-close")),
	} {
		if strings.Contains(a.body, pasted) || strings.Contains(a.body, token) {
			t.Errorf("answer %s", a.body)
		}
	}
	log := s.log.String()
	for _, hidden := range []string{pasted, token, "hush", "wrong-but-close"} {
		if strings.Contains(log, hidden) {
			t.Errorf("%q is logged: %s", hidden, log)
		}
	}
	if n := strings.Count(log, `"level":"debug"`); n != 9 || !strings.Contains(log, `"status":401`) {
		t.Errorf("%d requests are logged: %s", n, log)
	}
}

// FuzzHost holds that no name but this machine's own reaches the API without a
// token.
func FuzzHost(f *testing.F) {
	for _, seed := range []string{"localhost", "127.0.0.1:80", "[::1]:8080", "::1", "evil.example", "[localhost]:1", "127.0.0.1.evil.example",
		"[[::1]]", "0x7f.1", "127.1"} {
		f.Add(seed)
	}
	handler := web.New(backstage(f).web)
	f.Fuzz(func(t *testing.T, name string) {
		r := httptest.NewRequest("GET", "/api/v1/jobs", nil)
		r.Host = name
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusForbidden {
			return
		}
		bare := name
		if h, _, err := net.SplitHostPort(name); err == nil {
			bare = h
		}
		bare = strings.ToLower(strings.Trim(bare, "[]"))
		if ip := net.ParseIP(strings.SplitN(bare, "%", 2)[0]); bare != "localhost" && !ip.IsLoopback() {
			t.Errorf("Host %q is let in: %d", name, w.Code)
		}
		if !bytes.HasPrefix(w.Body.Bytes(), []byte("[")) {
			t.Errorf("Host %q: %s", name, w.Body)
		}
	})
}
