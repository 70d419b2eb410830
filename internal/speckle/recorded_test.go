package speckle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

type recording struct {
	Request struct {
		Path string
		Body json.RawMessage
	}
	Response struct {
		Status  int
		Headers map[string]string
		Body    json.RawMessage
	}
}

// request gives the query and the variables that were recorded.
func (r recording) request() (query string, variables map[string]string) {
	var body struct {
		Query     string
		Variables map[string]json.RawMessage
	}
	if json.Unmarshal(r.Request.Body, &body) != nil {
		return "{ serverInfo { version } }", nil // a body that is no JSON was recorded
	}
	variables = map[string]string{}
	for name, value := range body.Variables {
		variables[name] = string(value)
	}
	return body.Query, variables
}

func (r recording) cursor() string {
	_, variables := r.request()
	return variables["cursor"]
}

func (r recording) serve(w http.ResponseWriter, _ *http.Request) {
	for name, value := range r.Response.Headers {
		if name != "connection" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(r.Response.Status)
	var html string
	if json.Unmarshal(r.Response.Body, &html) == nil {
		w.Write([]byte(html))
		return
	}
	w.Write(r.Response.Body)
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/recorded", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRecordedAnswers replays what a real server said through the real HTTP
// stack, each answer to the query that it was given for.
func TestRecordedAnswers(t *testing.T) {
	for name, want := range map[string]struct {
		query    string       // in place of the recorded one, where that is refused at load
		kind     speckle.Kind // "" for an answer
		text     string       // of the error, or of the record
		requests int
	}{
		"api-graphql-404":          {kind: speckle.NotSpeckle, text: "/graphql)", requests: 1},
		"email-silently-null":      {text: `{"activeUser":{"id":"af4c6d345c","name":"Ada Admin","email":null}}`, requests: 1},
		"forbidden-project":        {kind: speckle.NoAccess, text: "project: You do not have access to the project", requests: 1},
		"malformed-body":           {kind: speckle.InvalidQuery, text: "Invalid request body", requests: 1},
		"no-token-active-user":     {kind: speckle.TokenRefused, text: "activeUser is null: the server saw no token", requests: 1},
		"no-token-private-project": {kind: speckle.NoAccess, text: "You are not logged in", requests: 1},
		"project-not-found":        {kind: speckle.NotFound, text: "project: Project not found", requests: 1},
		"rate-limited":             {kind: speckle.RateLimited, text: "rate limiting", requests: 5},
		"scope-missing-nested":     {kind: speckle.ScopeMissing, text: "lacks the scope users:read, which project.team needs", requests: 1},
		"scope-missing-non-null":   {kind: speckle.ScopeMissing, text: "lacks the scope streams:read, which project needs", requests: 1},
		"scope-missing-nullable":   {kind: speckle.ScopeMissing, text: "lacks the scope profile:read, which activeUser needs", requests: 1},
		"server-info":              {text: `{"serverInfo":{"name":"My new Speckle Server"`, requests: 1},
		"syntax-error": {query: "{ serverInfo { version } }", kind: speckle.InvalidQuery,
			text: "Syntax Error: Expected Name, found <EOF>", requests: 1},
		"token-invalid":           {kind: speckle.TokenRefused, text: "unknown, expired or revoked", requests: 1},
		"validation-error":        {kind: speckle.InvalidQuery, text: `Cannot query field "nope"`, requests: 1},
		"variable-missing":        {kind: speckle.InvalidQuery, text: `Variable "$projectId"`, requests: 1},
		"versions-limit-over-100": {kind: speckle.InvalidQuery, text: "Cannot return more than 100 items", requests: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, name)
			mux := http.NewServeMux()
			mux.HandleFunc("POST "+r.Request.Path, r.serve)
			server := httptest.NewServer(mux)
			defer server.Close()
			query, variables := r.request()
			if want.query != "" {
				query = want.query
			}
			got := read(t, t.Context(), job{server: server.URL + r.Request.Path, query: query, variables: variables})
			if got.stats.Requests != want.requests {
				t.Errorf("%d requests, want %d", got.stats.Requests, want.requests)
			}
			if want.kind == "" {
				if got.err != nil || len(got.records) != 1 || !strings.HasPrefix(got.records[0], want.text) {
					t.Errorf("%v %s, want %s", got.err, got.records, want.text)
				}
				return
			}
			failed, _ := errors.AsType[*speckle.Error](got.err)
			if failed == nil || failed.Kind != want.kind || !strings.Contains(failed.Error(), want.text) || len(got.records) != 0 {
				t.Errorf("%v, want %s: %s", got.err, want.kind, want.text)
			}
		})
	}
}

// TestRecordedPages reads what a real server gave page by page. Where the end
// wasn't recorded, an empty page ends it, as on that server.
func TestRecordedPages(t *testing.T) {
	for name, want := range map[string]struct {
		prefix          string
		pages           int
		empty           string
		records, filled int
		total           int64
		behind          int // requests behind the last page: what says that it is the last
	}{
		"models":   {prefix: "models-page-", pages: 4, records: 120, filled: 3, total: 120},
		"versions": {prefix: "versions-page-", pages: 4, records: 250, filled: 3, total: 250},
		"projects": {prefix: "my-projects-page-", pages: 1, records: 33, filled: 1, total: 33,
			empty: `{"data":{"activeUser":{"projects":{"totalCount":33,"numberOfHidden":0,"cursor":null,"items":[]}}}}`},
		"children": {prefix: "object-children-page-", pages: 2, records: 50, filled: 2, total: -1, behind: 1,
			empty: `{"data":{"project":{"object":{"id":"611a82bdf6c195f2526dae31c13671b4","totalChildrenCount":null,"children":{"totalCount":0,"cursor":null,"objects":[]}}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			var first recording
			byCursor := map[string]http.HandlerFunc{}
			for i := range want.pages {
				page := recorded(t, fmt.Sprint(want.prefix, i+1))
				byCursor[page.cursor()] = page.serve
				if i == 0 {
					first = page
				}
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var body recording
				if err := json.NewDecoder(r.Body).Decode(&body.Request.Body); err != nil {
					t.Error(err)
				}
				page, ok := byCursor[body.cursor()]
				if !ok {
					page = saying(want.empty)
				}
				page(w, r)
			}))
			defer server.Close()
			query, variables := first.request()
			got := read(t, t.Context(), job{server: server.URL, query: query, variables: variables, request: speckle.Request{Complete: true}})
			if got.err != nil || got.stats.Short != nil {
				t.Fatal(got.err, got.stats.Short)
			}
			if len(got.records) != want.records || got.stats.Pages != want.filled || got.stats.Requests != want.filled+want.behind ||
				got.stats.Total != want.total || got.stats.Duplicates != 0 || len(got.stats.Warnings) != 0 {
				t.Errorf("%d records, %+v; want %+v", len(got.records), got.stats, want)
			}
			if strings.Contains(string(got.pages[0].Data), "updatedAt") || !strings.Contains(string(got.pages[0].Data), `s":[]`) {
				t.Errorf("the page's data still holds records: %.300s", got.pages[0].Data)
			}
		})
	}
}

func TestEveryRecordingIsReplayed(t *testing.T) {
	files, _ := filepath.Glob("testdata/recorded/*.json")
	source, err := os.ReadFile("recorded_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		family := strings.TrimRight(name, "0123456789")
		if !strings.Contains(string(source), `"`+name+`"`) && !strings.Contains(string(source), `"`+family+`"`) {
			t.Errorf("%s is replayed by no test", name)
		}
	}
}
