package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

const goodRun = `{"run":"nightly-20260302T023000Z","job":"nightly","tick":"2026-03-02T02:30:00Z","state":"succeeded","attempt":1,"trigger":"manual","node":"…",
	"started_at":"…","finished_at":"…","pages":2,"records":31,"bytes":990,"files":[{"path":"nightly.json","records":31,"bytes":990,"sha256":"ab"}],
	"deliveries":[{"id":"msg_1","target":"webhook 1","state":"queued","attempts":0,"error":"","next_try":"…"}],"error":"","warnings":["slow"],"tries_again_at":null,"unchanged":[2]`

func TestRunShape(t *testing.T) {
	s := serve(t)
	id := s.ran("nightly", tick, successful())
	golden(t, s.ask("GET", "/api/v1/runs"), "["+goodRun+"}]")
	golden(t, s.ask("GET", "/api/v1/runs/"+id),
		strings.Replace(goodRun, `"next_try":"…"}`, `"next_try":"…","tries":[]}`, 1)+`,"attempts":[{"attempt":1,"state":"succeeded","node":"…","started_at":"…","finished_at":"…","error":""}],"log":"page 1\npage 2\n"}`)
	refused(t, s.ask("GET", "/api/v1/runs/nightly-20200101T000000Z"), http.StatusNotFound, "no such run")
	refused(t, s.ask("GET", "/api/v1/runs/nightly"), http.StatusNotFound, "isn't a run id")

	if _, err := s.store.Record(t.Context(), []store.End{{Job: "off", Tick: tick, Trigger: store.Schedule, State: store.Missed,
		Reason: "nothing was up"}}); err != nil {
		t.Fatal(err)
	}
	golden(t, s.ask("GET", "/api/v1/runs/"+
		store.RunID("off", tick)), `{"run":"off-20260302T023000Z","job":"off","tick":"2026-03-02T02:30:00Z","state":"missed","attempt":0,"trigger":"schedule","node":"",
		"started_at":null,"finished_at":"…","pages":0,"records":0,"bytes":0,"files":[],"deliveries":[],"error":"nothing was up","warnings":[],"tries_again_at":null,"attempts":[],"log":""}`)
}

func TestRedeliver(t *testing.T) {
	s := serve(t)
	id := s.ran("nightly", tick, successful())
	none := s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Succeeded})
	for run, want := range map[string]string{id: `{"deliveries":1}`, none: `{"deliveries":0}`} {
		a := s.ask("POST", "/api/v1/runs/"+run+"/redeliver")
		golden(t, a, want)
		if a.status != http.StatusAccepted {
			t.Errorf("status %d", a.status)
		}
	}
	refused(t, s.ask("POST", "/api/v1/runs/nightly-20200101T000000Z/redeliver"), http.StatusNotFound, "no such run")
	refused(t, s.ask("POST", "/api/v1/runs/nonsense/redeliver"), http.StatusNotFound, "isn't a run id")
}

// What is owed can be asked for, also from one page to the next within a tick.
func TestRunsThatOwe(t *testing.T) {
	s := serve(t)
	owing := s.ran("nightly", tick, successful())
	s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Succeeded})
	fine := s.ran("off", tick, store.Outcome{State: store.Succeeded})
	for query, want := range map[string][]string{
		"?undelivered=true": {owing}, "?undelivered=true&job=off": {}, "?undelivered=true&state=failed": {},
		"?undelivered=true&before=" + fine:                   {},
		"?undelivered=true&before=" + store.RunID("a", tick): {owing},
	} {
		if got := s.found(query); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
	if got := s.found("?undelivered=false"); len(got) != 3 {
		t.Errorf("false: %v", got)
	}
	refused(t, s.ask("GET", "/api/v1/runs?undelivered=yes"), http.StatusBadRequest, "undelivered")
	if _, err := s.store.Forget(t.Context(), owing); err != nil {
		t.Fatal(err)
	}
	if got := s.found("?undelivered=true"); len(got) != 0 {
		t.Errorf("forgotten: %v", got)
	}
}

// found asks for runs and gives their ids.
func (s *site) found(query string) []string {
	s.t.Helper()
	ids := []string{}
	for _, run := range decode[[]store.Run](s.t, s.ask("GET", "/api/v1/runs"+query), http.StatusOK) {
		ids = append(ids, run.Run)
	}
	return ids
}

func TestRunsAreChosen(t *testing.T) {
	s := serve(t)
	one := s.ran("nightly", tick, store.Outcome{State: store.Succeeded})
	two := s.ran("nightly", tick.Add(time.Hour), store.Outcome{State: store.Failed})
	three := s.ran("off", tick.Add(2*time.Hour), store.Outcome{State: store.Canceled})
	for query, want := range map[string][]string{
		"":                                        {three, two, one},
		"?job=&state=&limit=&before=":             {three, two, one},
		"?job=nightly":                            {two, one},
		"?job=gone":                               {},
		"?state=failed":                           {two},
		"?state=failed,succeeded":                 {two, one},
		"?state=failed&state=canceled,+failed":    {three, two},
		"?state=missed":                           {},
		"?limit=2":                                {three, two},
		"?before=2026-03-02T03:30:00Z":            {one},
		"?before=2026-03-02T05:30:00%2B01:00":     {two, one},
		"?before=" + three:                        {two, one},
		"?before=" + two + "&job=nightly":         {one},
		"?before=" + two + "&state=failed":        {},
		"?job=nightly&state=failed&limit=1000":    {two},
		"?before=nightly-20260302T023000.000001Z": {one},
	} {
		if got := s.found(query); !slices.Equal(got, want) {
			t.Errorf("%s gives %v, want %v", query, got, want)
		}
	}
	for query, words := range map[string]string{
		"?state=bad":           "scheduled, running, succeeded, failed, canceled, interrupted, skipped, missed",
		"?state=failed,FAILED": `unknown state "FAILED"`,
		"?limit=0":             "1 to 1000", "?limit=1001": "1 to 1000", "?limit=x": "1 to 1000", "?limit=-1": "1 to 1000",
		"?before=yesterday":  "2026-03-02T02:30:00Z",
		"?job=a&job=b":       "job is given twice",
		"?limit=1&limit=2":   "limit is given twice",
		"?before=&before=":   "before is given twice",
		"?since=2026":        "unknown parameter",
		"?state=%zz":         "percent-encode",
		"?before=2026-03-02": "2026-03-02T02:30:00Z",
	} {
		refused(t, s.ask("GET", "/api/v1/runs"+query), http.StatusBadRequest, words)
	}
}

// Many jobs share a tick, so a page may end inside of one.
func TestPagesLoseNoRun(t *testing.T) {
	s := serve(t)
	var ends []store.End
	want := map[string]bool{}
	for hour := range 3 {
		for job := range 7 {
			end := store.End{Job: fmt.Sprintf("job-%d", job), Tick: tick.Add(time.Duration(hour) * time.Hour), State: store.Missed,
				Trigger: store.Schedule}
			if job == 3 {
				end.State = store.Skipped
			}
			ends = append(ends, end)
			want[store.RunID(end.Job, end.Tick)] = true
		}
	}
	if _, err := s.store.Record(t.Context(), ends); err != nil {
		t.Fatal(err)
	}
	all := s.found("")
	if len(all) != len(want) {
		t.Fatalf("%d runs, want %d", len(all), len(want))
	}
	for _, limit := range []int{1, 4, 7, 10, 20, 21} {
		if got := s.pages(fmt.Sprintf("?limit=%d", limit), limit); !slices.Equal(got, all) {
			t.Errorf("pages of %d: %v, want %v", limit, got, all)
		}
		missed := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return strings.HasPrefix(id, "job-3") })
		if got := s.pages(fmt.Sprintf("?state=missed&limit=%d", limit), limit); !slices.Equal(got, missed) {
			t.Errorf("missed in pages of %d: %v, want %v", limit, got, missed)
		}
		if got := s.pages(fmt.Sprintf("?job=job-5&limit=%d", limit), limit); len(got) != 3 {
			t.Errorf("one job in pages of %d: %v", limit, got)
		}
	}
	// A run that retention took in between still has its place.
	if got := s.found("?before=" + store.RunID("job-2x", tick)); !slices.Equal(got, all[17:]) {
		t.Errorf("after a run that is gone: %v, want %v", got, all[17:])
	}
}

// pages follows the Link headers and gives all ids.
func (s *site) pages(query string, limit int) []string {
	s.t.Helper()
	var ids []string
	for path := "/api/v1/runs" + query; path != ""; {
		a := s.ask("GET", path)
		runs := decode[[]store.Run](s.t, a, http.StatusOK)
		for _, run := range runs {
			ids = append(ids, run.Run)
		}
		link := a.header.Get("Link")
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if len(runs) > limit || path != "" && len(runs) != limit || len(runs) == 0 || len(ids) > 1000 {
			s.t.Fatalf("a page of %d, next %q", len(runs), link)
		}
	}
	return ids
}

// FuzzRunsQuery holds that no query is the server's fault, and that each is
// answered with JSON.
func FuzzRunsQuery(f *testing.F) {
	for _, seed := range []string{
		"", "job=a&state=failed,running&limit=3&before=2026-03-02T02:30:00Z", "before=nightly-20260302T023000Z", "before=x-00010101T000000Z",
		"before=9999-12-31T23:59:59Z",
		"before=0000-01-01T00:00:00-23:59", "job=%00", "state=,,", "limit=%2B1", "before=a-20260302T023000.000001Z",
	} {
		f.Add(seed)
	}
	s := backstage(f)
	s.ran("nightly", tick, successful())
	handler := web.New(s.web)
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/api/v1/runs", nil)
		r.Host, r.URL.RawQuery = "localhost", query
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		a := answer{w.Code, w.Header(), w.Body.String()}
		if w.Code == http.StatusBadRequest {
			refused(t, a, http.StatusBadRequest, "")
			return
		}
		decode[[]store.Run](t, a, http.StatusOK)
	})
}
