package remote_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/remote"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

const (
	token = "the-token-of-the-web-side"
	runID = "nightly-20260302T023000Z"
)

// client asks a server that answers by a handler.
func client(t *testing.T, handler http.HandlerFunc) (c *remote.Client, at string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, nil), server.URL
}

func clientOf(t testing.TB, address string, by http.RoundTripper) *remote.Client {
	t.Helper()
	at, err := remote.Parse(address, true)
	if err != nil {
		t.Fatal(err)
	}
	c, err := remote.New(remote.Options{Address: at, Token: secret.New(token), UserAgent: "runner/test", Transport: by})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// answers writes one answer, whatever is asked.
func answers(status int, kind, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

const problem = "application/problem+json"

func TestWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		kind    remote.Kind
		passing bool
		want    string // of the line
	}{
		"a token that is refused": {answers(401, problem, `{"error":"this needs the token of RUNNER_WEB_TOKEN","hint":"send it"}`),
			remote.Refused, false, "it doesn't take the token of RUNNER_WEB_TOKEN; set it to the one that `runner serve` was started with there"},
		"read-only": {answers(403, problem, `{"error":"this service is read-only over HTTP","hint":"ask there"}`),
			remote.Forbidden, false, "this service is read-only over HTTP; ask there"},
		"too many requests": {answers(429, problem, `{"error":"slow down","hint":""}`, "Retry-After", "7"),
			remote.Busy, true, "slow down; ask again after 7 s"},
		"too many requests, says a proxy": {answers(429, "text/html", `<title>Slow down</title>`),
			remote.Busy, true, "too many requests (HTTP 429); ask again in a while"},
		"a fault of its own": {answers(500, problem, `{"error":"the disk is gone","hint":"the log of serve says more"}`),
			remote.Fault, true, "the disk is gone; the log of serve says more"},
		"a full disk": {answers(507, problem, `{"error":"the disk is full","hint":"free some space"}`),
			remote.Fault, false, "the disk is full; free some space"},
		"a parameter that an older one doesn't know": {answers(400, problem,
			`{"error":"unknown parameter \"undelivered\"","hint":"known are: job"}`),
			remote.Rejected, false, `unknown parameter "undelivered"; known are: job`},
		"a path that it doesn't have": {answers(404, problem, `{"error":"no such page: \"/x\"","hint":""}`),
			remote.Rejected, false, `no such page: "/x"; is the address that of a runner serve, with the path that a proxy has put it below?`},
		"a login page": {answers(200, "text/html; charset=utf-8", `<!doctype html><title> Sign in
			to Contoso</title>`), remote.NotRunner, false,
			`what answers is no runner (HTTP 200, a web page, "Sign in to Contoso"); is that the login page of a proxy on the way?`},
		"a page that isn't there": {answers(404, "text/html", `<title>nginx</title>`), remote.NotRunner, false,
			`what answers is no runner (HTTP 404, a web page, "nginx")`},
		"a proxy that asks who is there": {answers(401, "text/html", ``), remote.NotRunner, false, "a proxy on the way asks who is there"},
		"a proxy that can't reach it": {answers(502, "text/html", `<title>502 Bad Gateway</title>`), remote.Fault, true,
			`what stands before the runner can't reach it (HTTP 502, a web page, "502 Bad Gateway"); is ` + "`runner serve` up?"},
		"plain HTTP to TLS": {answers(400, "text/plain", "Client sent an HTTP request to an HTTPS server.\n"), remote.NotRunner, false,
			"write https://"},
		"JSON of somebody else": {answers(404, "application/json", `{"message":"not found"}`), remote.NotRunner, false, "no runner (HTTP 404)"},
		"no JSON": {answers(200, "application/json", `[{"run":`), remote.Broken, false,
			"the answer isn't the JSON that was expected"},
		"other JSON": {answers(200, "application/json", `{"runs":[]}`), remote.Broken, false,
			"the answer isn't the JSON that was expected"},
		"a run without a state": {answers(200, "application/json", `[{"run":"a-20260302T023000Z","job":"a"}]`), remote.Broken, false,
			"the answer has no state; is the runner there as new as this one?"},
		"no list": {answers(200, "application/json", `null`), remote.Broken, false, "the answer has no list of runs; is the runner there"},
		"a cut body": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte(`[`))
		}, remote.NoAnswer, true, "read the answer: the connection broke off"},
		"a connection that breaks": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, remote.NoAnswer, true,
			"connect: "},
		"what a terminal would obey": {answers(500, problem, `{"error":"red \u001b[31m and `+token+`"}`), remote.Fault, true,
			`red [31m and [redacted]`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c2, at := client(t, c.handler)
			_, err := c2.Runs(t.Context(), store.Filter{})
			failed, is := errors.AsType[*remote.Error](err)
			if !is {
				t.Fatalf("%v", err)
			}
			if failed.Kind != c.kind || failed.Passing() != c.passing || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s (%s, passing %t), want %q (%s, %t)", err, failed.Kind, failed.Passing(), c.want, c.kind, c.passing)
			}
			if !strings.HasPrefix(err.Error(), "list runs at "+at+": ") || strings.ContainsAny(err.Error(), "\n\x1b") ||
				strings.Contains(err.Error(), token) {
				t.Errorf("%q", err)
			}
		})
	}
}

// TestTheTokenFollowsNoRedirect: not to another host, not to another scheme or path.
func TestTheTokenFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s was asked, with %q", r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		var asked int
		c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
			asked++
			http.Redirect(w, r, other.URL+"/runner"+r.URL.Path+"?secret=1", status)
		})
		_, err := c.Start(t.Context(), "nightly")
		failed, is := errors.AsType[*remote.Error](err)
		if !is || failed.Kind != remote.Elsewhere || asked != 1 ||
			!strings.Contains(err.Error(), "it points to "+other.URL+"/runner/api/v1/jobs/nightly/run (HTTP "+fmt.Sprint(status)+")") ||
			!strings.HasSuffix(err.Error(), "the token isn't sent there; if that is right, give --server "+other.URL+"/runner") {
			t.Errorf("%d: %v, asked %d times", status, err, asked)
		}
	}
	c, _ := client(t, answers(302, "text/html", "", "Location", "https://login.example.com/?next=x"))
	if _, err := c.Run(t.Context(), runID); err == nil || !strings.Contains(err.Error(),
		"it points to https://login.example.com/ (HTTP 302); the token goes nowhere") {
		t.Errorf("%v", err)
	}
}

func TestWhatIsSent(t *testing.T) {
	t.Parallel()
	var seen *http.Request
	c, at := client(t, func(w http.ResponseWriter, r *http.Request) {
		seen = r.Clone(context.Background())
		answers(200, "application/json", `[]`)(w, r)
	})
	_ = at
	before := time.Date(2026, 3, 2, 2, 30, 0, 1000, time.UTC)
	runs, err := c.Runs(t.Context(), store.Filter{Job: "nightly", States: []store.State{store.Failed, store.Missed}, Undelivered: true,
		Before: before,
		Limit:  7})
	if err != nil || runs == nil || len(runs) != 0 {
		t.Fatalf("%v, %v", runs, err)
	}
	want := "/api/v1/runs?before=2026-03-02T02%3A30%3A00.000001Z&job=nightly&limit=7&state=failed&state=missed&undelivered=true"
	if got := seen.URL.RequestURI(); got != want {
		t.Errorf("asked %s", got)
	}
	if seen.Header.Get("Authorization") != "Bearer "+token || seen.Header.Get("User-Agent") != "runner/test" ||
		seen.Header.Get("Accept") != "application/json" {
		t.Errorf("sent %v", seen.Header)
	}
}

func TestLongListsComeInPages(t *testing.T) {
	t.Parallel()
	var asked []string
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RawQuery)
		run := `{"run":"a-20260302T023000Z","job":"a","state":"succeeded"}`
		if strings.Contains(r.URL.RawQuery, "limit=1000") {
			run += strings.Repeat(","+run, 999)
		}
		answers(200, "application/json", "["+run+"]")(w, r)
	})
	runs, err := c.Runs(t.Context(), store.Filter{Limit: 1500})
	if err != nil || len(runs) != 1001 || fmt.Sprint(asked) != "[limit=1000 before=a-20260302T023000Z&limit=500]" {
		t.Errorf("%d runs, %v, asked %v", len(runs), err, asked)
	}
	if len(runs) > 0 && (runs[0].Files == nil || runs[0].Deliveries == nil || runs[0].Warnings == nil) {
		t.Errorf("what an older server leaves out is null: %+v", runs[0])
	}
}

func TestRefusalsOfTheLedger(t *testing.T) {
	t.Parallel()
	c, _ := client(t, answers(404, problem, `{"error":"no such run: x","hint":""}`))
	_, err := c.Whole(t.Context(), runID)
	unknown := []error{err}
	_, err = c.Redeliver(t.Context(), runID)
	unknown = append(unknown, err, c.Cancel(t.Context(), runID))
	_, err = c.Forget(t.Context(), runID)
	unknown = append(unknown, err, c.Cancel(t.Context(), "../../jobs/nightly/run"))
	for i, err := range unknown {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := c.Start(t.Context(), "nightly"); !errors.Is(err, remote.ErrUnknownJob) {
		t.Errorf("%v", err)
	}
	if known, err := c.Knows(t.Context(), "nightly"); known || err != nil {
		t.Errorf("%t, %v", known, err)
	}
	ended, _ := client(t, answers(409, problem, `{"error":"cancel: the run has ended","hint":""}`))
	if err := ended.Cancel(t.Context(), runID); !errors.Is(err, store.ErrEnded) {
		t.Errorf("%v", err)
	}
}

// TestWhatChangesSomethingMayHaveBeenDone: who isn't answered is told to look first.
func TestWhatChangesSomethingMayHaveBeenDone(t *testing.T) {
	t.Parallel()
	c, _ := client(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, err := c.Start(t.Context(), "nightly"); err == nil ||
		!strings.HasSuffix(err.Error(), "it may have been done all the same: look before you ask again") {
		t.Errorf("%v", err)
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := clientOf(t, gone.URL, nil).Start(t.Context(), "nightly"); err == nil ||
		!strings.Contains(err.Error(), "is `runner serve` up, and listening there?") {
		t.Errorf("%v", err)
	}
}

// TestNothingSaidIsNothingDone: an answer without what was asked for isn't read as none.
func TestNothingSaidIsNothingDone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`} {
		c, _ := client(t, answers(202, "application/json", body))
		_, err := c.Redeliver(t.Context(), "a-20260302T023000Z")
		if err == nil || !strings.Contains(err.Error(), "the answer has no deliveries") {
			t.Errorf("redeliver, %s: %v", body, err)
		}
		_, err = c.Forget(t.Context(), "a-20260302T023000Z")
		if err == nil || !strings.Contains(err.Error(), "the answer has no messages") {
			t.Errorf("forget, %s: %v", body, err)
		}
	}
}

func TestATokenThatNoHeaderHolds(t *testing.T) {
	t.Parallel()
	_, err := remote.New(remote.Options{Token: secret.New("two\nlines")})
	if err == nil || !strings.Contains(err.Error(), "RUNNER_WEB_TOKEN holds a line break") || strings.Contains(err.Error(), "two") {
		t.Errorf("%v", err)
	}
}

// FuzzAnswers: whatever answers, there is a list or one line, and no token in it.
func FuzzAnswers(f *testing.F) {
	f.Add(200, "application/json", `[{"run":"a-20260302T023000Z","job":"a","state":"failed"}]`, "")
	f.Add(404, problem, `{"error":"no such run"}`, "")
	f.Add(302, "text/html", "<title>x", "https://host:1/%zz")
	f.Add(429, "", "", "")
	f.Fuzz(func(t *testing.T, status int, kind, body, to string) {
		by := roundTrip(func(r *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			w.Header()["Content-Type"], w.Header()["Location"] = []string{kind}, []string{to}
			w.WriteHeader(200 + (status&0x7fffffff)%400)
			_, _ = w.WriteString(body)
			response := w.Result()
			response.Request = r
			return response, nil
		})
		c := clientOf(t, "https://host/runner", by)
		runs, err := c.Runs(t.Context(), store.Filter{Limit: 10})
		if err == nil {
			for _, run := range runs {
				if run.Run == "" || run.Job == "" || run.State == "" {
					t.Errorf("a run without a name: %+v", run)
				}
			}
			return
		}
		if strings.ContainsAny(err.Error(), "\n\r\x1b") || strings.Contains(err.Error(), token) {
			t.Errorf("%q", err)
		}
	})
}

// roundTrip answers requests without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (do roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return do(r) }
