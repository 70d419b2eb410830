package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

// Who has an answer already is told so, and sent nothing.
func TestATagSparesTheAnswer(t *testing.T) {
	s := serve(t)
	first := s.ask("GET", "/api/v1/runs")
	tag := first.header.Get("ETag")
	if first.status != http.StatusOK || !strings.HasPrefix(tag, `"`) {
		t.Fatalf("%d, tag %q", first.status, tag)
	}
	for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
		a := s.ask("GET", "/api/v1/runs", header("If-None-Match", known))
		if a.status != http.StatusNotModified || a.body != "" || a.header.Get("ETag") != tag {
			t.Errorf("%s: %d %q", known, a.status, a.body)
		}
	}
	lines := func(r *http.Request) { r.Header["If-None-Match"] = []string{`"other"`, tag} }
	if a := s.ask("GET", "/api/v1/runs", lines); a.status != http.StatusNotModified || a.body != "" {
		t.Errorf("the tag is in the second line: %d %q", a.status, a.body)
	}
	if a := s.ask("GET", "/api/v1/runs", header("If-None-Match", `"other"`)); a.status != http.StatusOK || a.body != first.body {
		t.Errorf("another tag: %d %s", a.status, a.body)
	}
	s.ran("nightly", tick, successful())
	if a := s.ask("GET", "/api/v1/runs", header("If-None-Match", tag)); a.status != http.StatusOK || a.header.Get("ETag") == tag {
		t.Errorf("after a run: %d %q", a.status, a.header.Get("ETag"))
	}
	if a := s.ask("GET", "/api/v1/runs/nobody-20260101T000000Z", header("If-None-Match", "*")); a.status != http.StatusNotFound {
		t.Errorf("what isn't there: %d", a.status)
	}
}

// A run of no version would fail: it is refused, as the command line does.
func TestAJobOfVersionsIsNotRunWithoutOne(t *testing.T) {
	file, problems := jobs.Load("jobs.yaml", []byte(`
server: https://app.speckle.systems
timezone: UTC
jobs:
  doors:
    on_version: { project: 236d44f972 }
    token_env: T
    elements: { project: 236d44f972, model: "{version.model}", properties: { mark: Mark } }
    outputs: [{ file: "{version.model}/{version}.csv" }]
`), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t)
	s.sched.Apply(file)
	refused(t, s.ask("POST", "/api/v1/jobs/doors/run"), http.StatusConflict, "runner run doors --version ID")
	if n := s.runs(t, "doors"); n != 0 {
		t.Errorf("%d runs in the ledger", n)
	}
}

// What a request brings and can't be read is who asks' to mend: no fault of the runner, and
// none for its log.
func TestABodyThatCantBeRead(t *testing.T) {
	s := serve(t)
	for path, head := range map[string]string{
		"/api/v1/jobs/nightly/run": "Transfer-Encoding: chunked\r\n\r\nno size\r\n",
		"/check":                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\n\r\nfile=%zz",
	} {
		address := strings.TrimPrefix(s.url, "http://")
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: %s\r\n%s", path, address, head)
		response, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(path, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "can't be read") {
			t.Errorf("%s: %d %s %v", path, response.StatusCode, body, err)
		}
	}
	if log := s.log.String(); strings.Contains(log, "could not be answered") {
		t.Errorf("the log says %s", log)
	}
}
