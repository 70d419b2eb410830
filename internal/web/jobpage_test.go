package web_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
	"speckle-runner/internal/web/ui"
)

func TestTheJobPage(t *testing.T) {
	s := serve(t)
	s.ran("nightly", tick, successful())
	s.ran("nightly", tick.Add(time.Hour), successful())
	run := s.ran("nightly", tick.Add(2*time.Hour), store.Outcome{State: store.Failed, Error: "project.models: collected 3 of 4 models"})
	text := page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK)
	has(t, text, "Every day at 02:30; every 15 minutes", "Europe/London", "Run now", "profile:read", "Query.activeUser", "activeUser { id }",
		`href="/runs/`+run+`"`, "collected 3 of 4", "Failing", "Duration", "Records", "Bytes", "SPECKLE_TOKEN", "{job}.json")
	if got := strings.Count(text, `<time datetime="`); got < 10 {
		t.Errorf("%d times", got)
	}
	has(t, page(t, s.ask("GET", "/jobs/by-hand", browser), http.StatusOK), "Only by hand", "No run yet", "nothing was written yet")
	has(t, page(t, s.ask("GET", "/jobs/off", browser), http.StatusOK), "Disabled")
	has(t, page(t, s.ask("GET", "/jobs/nightli", browser), http.StatusNotFound), "no such job")
}

// The middle of an axis is half of its top, in what stands there.
func TestTheAxesOfPlots(t *testing.T) {
	for _, c := range []struct {
		records, bytes int64
		axes           []string
	}{
		{0, 1, []string{"2 1 0", "2 B 1 B 0"}},
		{1, 3, []string{"2 1 0", "4 B 2 B 0"}},
		{5, 5000, []string{"6 3 0", "5.0 kB 2.5 kB 0"}},
		{27, 999, []string{"30 15 0", "1.0 kB 500 B 0"}},
		{900, 1000, []string{"1,000 500 0", "1.0 kB 500 B 0"}},
	} {
		s := serve(t)
		for i := range 2 {
			s.ran("nightly", tick.Add(time.Duration(i)*time.Hour), store.Outcome{State: store.Succeeded, Records: c.records, Bytes: c.bytes})
		}
		text := page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK)
		var axes []string
		for _, part := range strings.Split(text, `<div class="axis" aria-hidden="true">`)[1:] {
			axis, _, _ := strings.Cut(part, "</div>")
			axes = append(axes, strings.NewReplacer("</span><span>", " ", "<span>", "", "</span>", "").Replace(axis))
		}
		if len(axes) != 3 || !slices.Equal(axes[1:], c.axes) {
			t.Errorf("%d records, %d bytes: axes %q, want %q", c.records, c.bytes, axes, c.axes)
			continue
		}
		marks := strings.Fields(axes[0]) // how long these took is as the machine is
		top, err := time.ParseDuration(marks[0])
		half, err2 := time.ParseDuration(marks[1])
		if err != nil || err2 != nil || top != 2*half {
			t.Errorf("durations %q", axes[0])
		}
	}
}

// Runs of one day are told apart by the time, those of weeks by the day.
func TestTheDaysOfPlots(t *testing.T) {
	for between, want := range map[time.Duration]string{
		time.Hour: "2 Mar 02:30 2 Mar 03:00 2 Mar 03:30", 10 * 24 * time.Hour: "2 Mar 7 Mar 12 Mar",
	} {
		s := serve(t)
		s.ran("nightly", tick, successful())
		s.ran("nightly", tick.Add(between), successful())
		_, part, _ := strings.Cut(page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK), `<div class="days" aria-hidden="true">`)
		part, _, _ = strings.Cut(part, "</div>")
		told := strings.Join(strings.Fields(regexp.MustCompile("<[^>]*>").ReplaceAllString(part, " ")), " ")
		if told != want {
			t.Errorf("%s between two runs: %q, want %q", between, told, want)
		}
	}
}

func TestALongHistoryHasPages(t *testing.T) {
	s := serve(t)
	for i := range 40 {
		s.ran("nightly", tick.Add(time.Duration(i)*time.Hour), store.Outcome{State: store.Succeeded})
	}
	seen := map[string]bool{}
	address := "/jobs/nightly"
	for address != "" {
		text := page(t, s.ask("GET", address, browser), http.StatusOK)
		_, list, _ := strings.Cut(text, `id="runs"`)
		list, more, _ := strings.Cut(list, "</table>")
		for _, part := range strings.Split(list, `href="/runs/`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			seen[id] = true
		}
		address = ""
		if _, rest, ok := strings.Cut(more, `<p class="more"><a href="`); ok {
			address, _, _ = strings.Cut(rest, `"`)
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 runs are seen", len(seen))
	}
}

func TestTheRunPage(t *testing.T) {
	dir := t.TempDir()
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	s.ran("nightly", tick, store.Outcome{State: store.Succeeded, Records: 30, Bytes: 900})
	run := s.ran("nightly", tick.Add(time.Hour), successful())
	text := page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK)
	has(t, text, "Succeeded", "page 1\npage 2", "nightly.json", "slow", "webhook 1", "Waiting", "Begun", "Since the good run before",
		"&#43;1<", "Run again", "Give up what is owed")
	has(t, page(t, s.ask("GET", "/runs/"+run+"x", browser), http.StatusNotFound), "no such run")

	file := "/runs/" + run + "/files/1"
	has(t, page(t, s.ask("GET", file, browser), http.StatusOK), "isn&#39;t there any more")
	if err := os.WriteFile(filepath.Join(dir, "nightly.json"), []byte(`[{"name":"<b>a","n":1},{"name":"`+pasted+`","x":null}]`),
		0o600); err != nil {
		t.Fatal(err)
	}
	text = page(t, s.ask("GET", file, browser), http.StatusOK)
	has(t, text, "&lt;b&gt;a", "<th scope=\"col\">n</th>", "Another run has written this file since", "Download")
	if strings.Contains(text, pasted) {
		t.Error("a token is shown")
	}
	got := s.ask("GET", file+"/download", browser)
	if got.status != http.StatusOK || !strings.HasPrefix(got.body, `[{"name"`) ||
		got.header.Get("Content-Disposition") != "attachment; filename=nightly.json" ||
		!strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("download: %d %v", got.status, got.header)
	}
	for _, path := range []string{"/runs/" + run + "/files/2", "/runs/" + run + "/files/0", "/runs/" + run + "/files/x",
		"/runs/" + run + "/files/2/download"} {
		page(t, s.ask("GET", path, browser), http.StatusNotFound)
	}
}

func TestAFileOutsideOfTheFolderIsNotShown(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, []byte("a\ntreasure\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "link.csv")); err != nil {
		t.Fatal(err)
	}
	s := serve(t, func(o *web.Options) { o.OutputDir = dir })
	run := s.ran("nightly", tick, store.Outcome{State: store.Succeeded, Files: []store.File{
		{Path: "link.csv"}, {Path: "../" + filepath.Base(filepath.Dir(outside)) + "/secret.csv"}, {Path: outside}, {Path: "s3://bucket/x.csv"},
		{Path: "."},
		{Path: `<img src=x onerror=alert(1)>.csv`},
	}})
	for _, n := range []string{"1", "2", "3", "4", "5", "6"} {
		if text := page(t, s.ask("GET", "/runs/"+run+"/files/"+n, browser), http.StatusOK); strings.Contains(text, "treasure") {
			t.Errorf("file %s is shown", n)
		}
		if a := s.ask("GET", "/runs/"+run+"/files/"+n+"/download", browser); a.status != http.StatusNotFound {
			t.Errorf("file %s: %d", n, a.status)
		}
	}
	page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK)
}

func TestButtons(t *testing.T) {
	s := serve(t)
	a := s.ask("POST", "/jobs/nightly/run", browser)
	run := strings.TrimPrefix(a.header.Get("Location"), "/runs/")
	if a.status != http.StatusSeeOther || run == "" {
		t.Fatalf("run now: %d %v", a.status, a.header)
	}
	has(t, page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK), "Waiting", "Cancel", "every 2s")
	if a := s.ask("POST", "/runs/"+run+"/cancel", browser); a.status != http.StatusSeeOther || a.header.Get("Location") != "/runs/"+run {
		t.Errorf("cancel: %d %v", a.status, a.header)
	}
	has(t, page(t, s.ask("GET", "/runs/"+run, browser), http.StatusOK), "Canceled", `data-live="off"`)
	has(t, page(t, s.ask("POST", "/runs/"+run+"/cancel", browser), http.StatusConflict), "ended")

	owes := s.ran("nightly", tick, successful())
	if a := s.ask("POST", "/runs/"+owes+"/forget", browser); a.status != http.StatusSeeOther {
		t.Errorf("forget: %d %s", a.status, a.body)
	}
	has(t, page(t, s.ask("GET", "/runs/"+owes, browser), http.StatusOK), "Forgotten")
	if a := s.ask("POST", "/runs/"+owes+"/redeliver", browser); a.status != http.StatusSeeOther {
		t.Errorf("redeliver: %d %s", a.status, a.body)
	}
	if a := s.ask("POST", "/runs/"+owes+"/again", browser); a.status != http.StatusSeeOther ||
		!strings.HasPrefix(a.header.Get("Location"), "/runs/nightly-") {
		t.Errorf("again: %d %v", a.status, a.header)
	}
	for _, path := range []string{"/jobs/nightli/run", "/runs/nightly-20200101T000000Z/again", "/runs/x/cancel", "/jobs/nightli/try"} {
		page(t, s.ask("POST", path, browser), http.StatusNotFound)
	}
}

func TestNoOtherOriginPressesAButton(t *testing.T) {
	s := serve(t)
	run := s.ran("nightly", tick, successful())
	for _, path := range []string{
		"/jobs/nightly/run", "/jobs/nightly/try", "/runs/" + run + "/again", "/runs/" + run + "/cancel", "/runs/" + run + "/redeliver",
		"/runs/" + run + "/forget", "/login", "/logout",
	} {
		for _, from := range []func(*http.Request){header("Sec-Fetch-Site", "cross-site"), header("Origin", "https://evil.example")} {
			has(t, page(t, s.ask("POST", path, browser, from), http.StatusForbidden), "another origin")
		}
	}
	if s.runs(t, "") != 1 {
		t.Error("another origin started a run")
	}
}

// Where the newest export always lies is what people link to.
func TestAJobsPageNamesItsLatest(t *testing.T) {
	file, problems := jobs.Load("jobs.yaml", []byte("server: https://app.speckle.systems\njobs:\n  doors: { schedule: manual, token_env: T, "+
		"query: '{ activeUser { id } }', outputs: [{ file: 'doors/{date}.csv', latest: doors/latest.csv }] }\n"), nil)
	if file == nil {
		t.Fatal(problems)
	}
	s := serve(t)
	s.sched.Apply(file)
	has(t, page(t, s.ask("GET", "/jobs/doors", browser), http.StatusOK), "doors/{date}.csv",
		"The newest is always in <code>doors/latest.csv</code>")
}

func TestADryRunIsShownAsATable(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(o *web.Options) {
		o.Try = func(_ context.Context, job *jobs.Job) ui.Trial {
			<-release
			return ui.Trial{Took: time.Second, Records: 1204, Sample: []string{`{"name":"A <x>","area":2.5}`, `{"name":null,"more":[1]}`},
				Plan: []string{job.Name + ".json: 1204 records"}}
		}
	})
	const path = "/jobs/nightly/try"
	has(t, page(t, s.ask("GET", path, browser), http.StatusOK), "No dry run has been asked for")
	for range 2 { // a second press joins the first
		if a := s.ask("POST", path, browser); a.status != http.StatusSeeOther || a.header.Get("Location") != path {
			t.Fatalf("%d %v", a.status, a.header)
		}
	}
	has(t, page(t, s.ask("GET", path, browser), http.StatusOK), "Reading, for", `data-live="on"`)
	s.ask("POST", "/jobs/by-hand/try", browser)
	has(t, page(t, s.ask("POST", "/jobs/off/try", browser), http.StatusTooManyRequests), "Other dry runs go on")
	close(release)
	s.await(func() bool { return strings.Contains(s.ask("GET", path, browser).body, "1,204 records") })
	text := page(t, s.ask("GET", path, browser), http.StatusOK)
	has(t, text, "A &lt;x&gt;", "2.5", `<th scope="col">more</th>`, "[1]", "nightly.json: 1204 records", `data-live="off"`)
	if s.runs(t, "") != 0 {
		t.Error("a dry run is in the ledger")
	}
}

func TestARunningRunSaysHowFarItIs(t *testing.T) {
	s := serve(t, func(o *web.Options) {
		o.Progress = func(string) (ui.Progress, bool) {
			return ui.Progress{Doing: "reading", Pages: 3, Records: 300, Total: 1200, Items: 2, AllItems: 5}, true
		}
	})
	claim, _, err := s.store.Begin(t.Context(), store.Begin{Job: "nightly", Tick: tick})
	if err != nil {
		t.Fatal(err)
	}
	has(t, page(t, s.ask("GET", "/runs/"+claim.Run, browser), http.StatusOK), "reading: 3 pages, 300 records of 1,200, item 2 of 5",
		`value="25"`, "Cancel")
	has(t, page(t, s.ask("GET", "/", browser), http.StatusOK), "Running", "every 3s")
	has(t, page(t, s.ask("GET", "/jobs/nightly", browser), http.StatusOK), "Running", "every 2s")
}
