package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/ui"
)

// versionJobs are due for new versions: only then, by a clock too, and with no run
// that could do without one.
const versionJobs = `
server: https://app.speckle.systems
timezone: Europe/London
jobs:
  v:
    on_version: { project: 236d44f972, models: [a6d20f8b31], every: 10m, settle: 5m }
    token_env: T
    elements: { project: 236d44f972, model: a6d20f8b31 }
    outputs: [{ file: "v/{version}.csv" }]
  both:
    schedule: "30 2 * * *"
    on_version: { project: 236d44f972, models: [a6d20f8b31], every: 7m }
    token_env: T
    elements: { project: 236d44f972, model: a6d20f8b31 }
    outputs: [{ file: "both/{tick}.csv" }]
  each:
    on_version: { project: 236d44f972 }
    token_env: T
    elements: { project: 236d44f972, model: "{version.model}" }
    outputs: [{ file: "each/{version}.csv" }]
  off:
    on_version: { project: 236d44f972, models: [a6d20f8b31], every: 3m }
    disabled: true
    token_env: T
    elements: { project: 236d44f972, model: a6d20f8b31 }
    outputs: [{ file: "off/{version}.csv" }]
`

func TestJobsThatAreDueForVersions(t *testing.T) {
	file, problems := jobs.Load("jobs.yaml", []byte(versionJobs), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t, func(o *web.Options) { o.Try = tried })
	s.sched.Apply(file)
	const one, two = "n a new version of model a6d20f8b31, which is looked for every 10m",
		"n a new version of model a6d20f8b31, which is looked for every 7m"

	text := page(t, s.ask("GET", "/", browser), http.StatusOK)
	has(t, text, "o"+one, "and o"+two, "on a new version of any model of project 236d44f972", "disabled")
	hasnt(t, text, "never again", "every 3m")

	text = page(t, s.ask("GET", "/jobs/v", browser), http.StatusOK)
	has(t, text, "O"+one, "In the job file: <code>on_version</code>", "the new one", "quiet for 5m", "Run now", "Dry run")
	hasnt(t, text, "Only by hand", "No tick comes by itself", "Europe/London", "the newest<", "--version ID")

	text = page(t, s.ask("GET", "/jobs/both", browser), http.StatusOK)
	has(t, text, "Every day at 02:30, Europe/London; and o"+two, "<code>30 2 * * *</code>, <code>on_version</code>", "at a tick the newest")
	has(t, page(t, s.ask("GET", "/jobs/off", browser), http.StatusOK), "No tick comes by itself")

	text = page(t, s.ask("POST", "/check", browser, form("file", versionJobs)), http.StatusOK)
	has(t, text, "This job file is good", "O"+one, "Every day at 02:30, Europe/London; and o"+two)
	hasnt(t, text, "Only by hand")
}

// A run of such a job is of a version, and no button says of which.
func TestNoButtonRunsAJobThatNeedsAVersion(t *testing.T) {
	file, problems := jobs.Load("jobs.yaml", []byte(versionJobs), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t, func(o *web.Options) { o.Try = tried })
	s.sched.Apply(file)
	run := s.ran("each", time.Now().Add(-time.Hour), successful())
	text := page(t, s.ask("GET", "/jobs/each", browser), http.StatusOK)
	has(t, text, "runner run each --version ID")
	for _, body := range []string{text, page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK),
		page(t, s.ask("GET", "/jobs/each/try", browser), http.StatusOK)} {
		hasnt(t, body, "Run now", "Dry run<", "Run again", ">Again<")
	}
}

func tried(context.Context, *jobs.Job) ui.Trial { return ui.Trial{} }

func hasnt(t testing.TB, body string, words ...string) {
	t.Helper()
	for _, w := range words {
		if strings.Contains(body, w) {
			t.Errorf("the page has %q: %s", w, body)
		}
	}
}
