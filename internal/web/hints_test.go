package web_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/ui"
)

// Whoever is refused is told what is so, and what helps.
func TestRefusalsSayWhatIsSo(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	run := s.wrote(dir, tick, holding("1.csv", "{date}.csv", "a\n1\n"))
	if err := os.Remove(filepath.Join(dir, "1.csv")); err != nil {
		t.Fatal(err)
	}
	large := form("file", strings.Repeat("a", ui.MaxCheck))
	for title, c := range map[string]struct {
		got       answer
		status    int
		want, not string
	}{
		"signing in on loopback, without a token": {s.ask("POST", "/login", form("token", "x")), http.StatusForbidden,
			"nobody signs in here", "reachable from other machines"},
		"a large job file": {s.ask("POST", "/check", large), http.StatusRequestEntityTooLarge, "a job file is below 1 MiB", "takes no body"},
		"a body too large": {s.ask("POST", "/api/v1/jobs/nightly/run", body(strings.Repeat(" ", 1<<20))), http.StatusRequestEntityTooLarge,
			"this takes no body", "1 MiB"},
		"a file of another number": {s.ask("GET", "/runs/"+run+"/files/9"), http.StatusNotFound,
			`no such file: the run ` + run + ` has none of number \"9\"`, "no such run"},
		"a file that is gone": {s.ask("GET", "/runs/"+run+"/files/1/download"), http.StatusNotFound, "isn't there any more", "no such run"},
	} {
		if c.got.status != c.status || !strings.Contains(c.got.body, c.want) || strings.Contains(c.got.body, c.not) ||
			strings.Contains(c.got.body, "/api/v1/runs") {
			t.Errorf("%s: %d %s", title, c.got.status, c.got.body)
		}
	}
}

// A dry run is in no ledger, and has no log that could be opened.
func TestADryRunThatFails(t *testing.T) {
	s := serve(t, func(o *web.Options) {
		o.Try = func(_ context.Context, job *jobs.Job) ui.Trial {
			if job.Name == "off" {
				return ui.Trial{Error: "SPECKLE_TOKEN is not set"}
			}
			return ui.Trial{Error: `Cannot query field "x" on type "Query"`}
		}
	})
	for job, want := range map[string]string{"nightly": "a dry run has no log", "off": "Set this variable where runner serve is started"} {
		s.ask("POST", "/jobs/"+job+"/try", browser)
		s.await(func() bool {
			return strings.Contains(s.ask("GET", "/jobs/"+job+"/try", browser).body, `data-live="off"`)
		})
		text := page(t, s.ask("GET", "/jobs/"+job+"/try", browser), http.StatusOK)
		has(t, text, want)
		if strings.Contains(text, "Open the run") {
			t.Errorf("%s: there is no run to open", job)
		}
	}
}
