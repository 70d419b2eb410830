package web_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// entry is what those of lists have as their name.
type entry struct{ Job, Run string }

// walkList follows the cursors of a list and gives the pages' entries.
func (s *site) walkList(path string, query url.Values) (all []entry, pages int) {
	s.t.Helper()
	for {
		a := s.ask("GET", path+"?"+query.Encode())
		page := decode[[]entry](s.t, a, http.StatusOK)
		all, pages = append(all, page...), pages+1
		next := a.header.Get("Next-Cursor")
		if next == "" {
			if link := a.header.Get("Link"); link != "" {
				s.t.Errorf("no cursor, and the link %s", link)
			}
			return all, pages
		}
		query.Set("cursor", next)
		if want := "<" + path + "?" + query.Encode() + `>; rel="next"`; a.header.Get("Link") != want {
			s.t.Errorf("link %s, want %s", a.header.Get("Link"), want)
		}
		if len(page) == 0 || len(all) > 1000 {
			s.t.Fatalf("a page of %d after %d", len(page), len(all))
		}
	}
}

// many gives a job file with jobs in an order that is not that of their names.
func many(t *testing.T, names ...string) *jobs.File {
	t.Helper()
	var text strings.Builder
	text.WriteString("server: https://app.speckle.systems\ntimezone: UTC\njobs:\n")
	for _, name := range names {
		fmt.Fprintf(&text, "  %s: { schedule: manual, token_env: T, query: '{ activeUser { id } }', outputs: [{ file: %s.json }] }\n", name, name)
	}
	file, problems := jobs.Load("jobs.yaml", []byte(text.String()), nil)
	if file == nil {
		t.Fatal(problems)
	}
	return file
}

func TestJobsInPages(t *testing.T) {
	s := serve(t)
	names := []string{"c", "a", "e", "b", "d"}
	s.sched.Apply(many(t, names...))
	s.ran("b", tick, successful())
	listed := func(all []entry) (jobs []string) {
		for _, one := range all {
			jobs = append(jobs, one.Job)
		}
		return jobs
	}
	if all := listed(decode[[]entry](t, s.ask("GET", "/api/v1/jobs"), http.StatusOK)); !slices.Equal(all, names) {
		t.Errorf("all: %v, want the file's order %v", all, names)
	}
	slices.Sort(names)
	for limit, want := range map[string]int{"1": 5, "2": 3, "4": 2, "5": 1, "1000": 1} {
		all, pages := s.walkList("/api/v1/jobs", url.Values{"limit": {limit}})
		if got := listed(all); !slices.Equal(got, names) || pages != want {
			t.Errorf("by %s: %v in %d pages, want %v in %d", limit, got, pages, names, want)
		}
	}
	// A job tells in a page what it tells alone.
	page := s.ask("GET", "/api/v1/jobs?limit=2").body
	for _, job := range []string{"a", "b"} {
		if alone := strings.TrimSpace(s.ask("GET", "/api/v1/jobs/"+job).body); !strings.Contains(page, alone) {
			t.Errorf("a page has %s, alone it is %s", page, alone)
		}
	}
	// The file changes between two pages: nothing of what stays is lost or comes twice.
	next := s.ask("GET", "/api/v1/jobs?limit=3").header.Get("Next-Cursor")
	s.sched.Apply(many(t, "d", "aa", "a", "b", "e"))
	rest, _ := s.walkList("/api/v1/jobs", url.Values{"limit": {"3"}, "cursor": {next}})
	if got := listed(rest); !slices.Equal(got, []string{"d", "e"}) {
		t.Errorf("after c, which is gone: %v", got)
	}
}

func TestRunsGoOnAfterACursor(t *testing.T) {
	s := serve(t)
	var ends []store.End
	for i := range 9 {
		at := tick.AddDate(0, 0, i/4)
		ends = append(ends, store.End{Job: fmt.Sprintf("job-%d", i%4), Tick: at, State: store.Missed, Trigger: store.Schedule})
	}
	if _, err := s.store.Record(t.Context(), ends); err != nil {
		t.Fatal(err)
	}
	all := s.found("")
	for _, limit := range []string{"1", "2", "4", "9", "10"} {
		rest, _ := s.walkList("/api/v1/runs", url.Values{"limit": {limit}})
		var got []string
		for _, one := range rest {
			got = append(got, one.Run)
		}
		if !slices.Equal(got, all) {
			t.Errorf("by %s: %v, want %v", limit, got, all)
		}
	}
	// The parameters of the first page may be sent along, before with them.
	for _, before := range []string{all[2], tick.AddDate(0, 0, 2).Format(time.RFC3339), tick.AddDate(0, 0, 1).Format(time.RFC3339)} {
		want := s.found("?before=" + before)
		first := s.ask("GET", "/api/v1/runs?limit=2&before="+before)
		cursor := first.header.Get("Next-Cursor")
		if got := s.found("?before=" + before + "&cursor=" + cursor); !slices.Equal(got, want[2:]) {
			t.Errorf("from %s on with its cursor: %v, want %v", before, got, want[2:])
		}
		earlier := s.ask("GET", "/api/v1/runs?limit=1").header.Get("Next-Cursor") // of another list
		if got := s.found("?before=" + before + "&cursor=" + earlier); !slices.Equal(got, want) {
			t.Errorf("from %s on with another cursor: %v, want %v", before, got, want)
		}
	}
	// New runs come before what was read, so the rest stays as it was.
	next := s.ask("GET", "/api/v1/runs?limit=5").header.Get("Next-Cursor")
	s.ran("nightly", tick.AddDate(1, 0, 0), successful())
	if got := s.found("?cursor=" + next); !slices.Equal(got, all[5:]) {
		t.Errorf("after a new run: %v, want %v", got, all[5:])
	}
}

func TestBadCursors(t *testing.T) {
	s := serve(t)
	s.ran("nightly", tick, successful())
	s.ran("nightly", tick.AddDate(0, 0, 1), successful())
	ofRuns := s.ask("GET", "/api/v1/runs?limit=1").header.Get("Next-Cursor")
	ofJobs := s.ask("GET", "/api/v1/jobs?limit=1").header.Get("Next-Cursor")
	made := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, list := range []string{"runs", "jobs"} {
		for _, cursor := range []string{"x", "!!", "%00", "%ff", made("run "), made("job "), made("run nonsense\x00"), made("job \xff"),
			made("jobs a"), ofRuns + "%3D", ofRuns + "%0A", map[string]string{"runs": ofJobs, "jobs": ofRuns}[list], strings.Repeat("A", 5000)} {
			refused(t, s.ask("GET", "/api/v1/"+list+"?cursor="+cursor), http.StatusBadRequest, "")
		}
		refused(t, s.ask("GET", "/api/v1/"+list+"?cursor=a&cursor=b"), http.StatusBadRequest, "cursor is given twice")
		refused(t, s.ask("GET", "/api/v1/"+list+"?limit=&limit=1"), http.StatusBadRequest, "limit is given twice")
	}
	refused(t, s.ask("GET", "/api/v1/runs?cursor="+made("run nonsense")), http.StatusBadRequest, "is not one of this list")
	for _, both := range []string{"before=x&cursor=" + ofRuns, "before=2026-03-02T02:30:00Z&cursor=x"} {
		refused(t, s.ask("GET", "/api/v1/runs?"+both), http.StatusBadRequest, "")
	}
}

// FuzzCursor holds that a cursor which isn't one of the list's is refused, and that
// one that is taken is taken as it was given.
func FuzzCursor(f *testing.F) {
	for _, seed := range []string{"", "x", "cnVuIG5pZ2h0bHktMjAyNjAzMDJUMDIzMDAwWg", "am9iIG5pZ2h0bHk", "am9iIA",
		"cnVuIHgtMDAwMTAxMDFUMDAwMDAwWg"} {
		f.Add(seed)
	}
	s := backstage(f)
	s.ran("nightly", tick, successful())
	handler := web.New(s.web)
	f.Fuzz(func(t *testing.T, cursor string) {
		for _, path := range []string{"/api/v1/runs", "/api/v1/jobs"} {
			r := httptest.NewRequest("GET", path, nil)
			r.Host, r.URL.RawQuery = "localhost", url.Values{"cursor": {cursor}, "limit": {"1"}}.Encode()
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			a := answer{w.Code, w.Header(), w.Body.String()}
			if w.Code == http.StatusBadRequest {
				refused(t, a, http.StatusBadRequest, "")
				continue
			}
			decode[[]entry](t, a, http.StatusOK)
			text, err := base64.RawURLEncoding.DecodeString(cursor)
			if cursor != "" && (err != nil || base64.RawURLEncoding.EncodeToString(text) != cursor) {
				t.Errorf("%s takes the cursor %q", path, cursor)
			}
		}
	})
}
