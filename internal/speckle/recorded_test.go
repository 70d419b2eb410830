package speckle_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
)

// token looks like a Speckle token and belongs to nobody.
const token = "0123456789abcdef0123456789abcdef01234567ab"

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

func (r recording) serve(w http.ResponseWriter, _ *http.Request) {
	for name, value := range r.Response.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(r.Response.Status)
	var html string
	if json.Unmarshal(r.Response.Body, &html) == nil {
		w.Write([]byte(html))
		return
	}
	w.Write(r.Response.Body)
}

// TestRecordedAnswers replays what a real server said through the real HTTP
// stack. Retries wait in the bubble's time, so none of this takes a second.
func TestRecordedAnswers(t *testing.T) {
	want := map[string]struct {
		kind          speckle.Kind // "" for an answer
		text          string
		partial       bool
		tries, length int
	}{
		"api-graphql-404":          {kind: speckle.NotSpeckle, text: "/graphql", tries: 1},
		"email-silently-null":      {tries: 1},
		"forbidden-project":        {kind: speckle.NoAccess, text: "project: You do not have access to the project", tries: 1},
		"malformed-body":           {kind: speckle.InvalidQuery, text: "Invalid request body", tries: 1},
		"models-page-1":            {tries: 1},
		"models-page-2":            {tries: 1},
		"models-page-3":            {tries: 1},
		"models-page-4":            {tries: 1},
		"my-projects-page-1":       {tries: 1},
		"no-token-active-user":     {tries: 1},
		"no-token-private-project": {kind: speckle.NoAccess, text: "You are not logged in", tries: 1},
		"object-children-page-1":   {tries: 1},
		"object-children-page-2":   {tries: 1},
		"project-not-found":        {kind: speckle.NotFound, text: "project: ", tries: 1},
		"rate-limited":             {kind: speckle.RateLimited, text: "rate limiting", tries: 5},
		"scope-missing-nested":     {kind: speckle.ScopeMissing, text: "lacks the scope users:read, which project.team needs", tries: 1},
		"scope-missing-non-null":   {kind: speckle.ScopeMissing, text: "lacks the scope streams:read, which project needs", tries: 1},
		"scope-missing-nullable":   {kind: speckle.ScopeMissing, text: "lacks the scope profile:read, which activeUser needs", partial: true, tries: 1},
		"server-info":              {tries: 1},
		"syntax-error":             {kind: speckle.InvalidQuery, text: "Syntax Error: Expected Name, found <EOF>", tries: 1},
		"token-invalid":            {kind: speckle.TokenRefused, text: "unknown, expired or revoked", tries: 1},
		"validation-error":         {kind: speckle.InvalidQuery, text: `Cannot query field "nope"`, tries: 1},
		"variable-missing":         {kind: speckle.InvalidQuery, text: `Variable "$projectId"`, tries: 1},
		"versions-limit-over-100":  {kind: speckle.InvalidQuery, text: "Cannot return more than 100 items", tries: 1},
		"versions-page-1":          {tries: 1},
		"versions-page-2":          {tries: 1},
		"versions-page-3":          {tries: 1},
		"versions-page-4":          {tries: 1},
	}
	files, _ := filepath.Glob("testdata/recorded/*.json")
	if len(files) != len(want) {
		t.Errorf("%d recordings, %d outcomes", len(files), len(want))
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var r recording
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) {
				answer, err := ask(t, http.HandlerFunc(r.serve), "https://speckle.test"+r.Request.Path, "{ serverInfo { version } }")
				w := want[name]
				failed, _ := errors.AsType[*speckle.Error](err)
				if w.partial {
					failed = answer.Partial
				}
				switch {
				case w.kind == "" && (err != nil || answer.Partial != nil || len(answer.Data) == 0):
					t.Errorf("%v, partial %v", err, answer.Partial)
				case w.kind != "" && (failed == nil || failed.Kind != w.kind || !strings.Contains(failed.Error(), w.text)):
					t.Errorf("%v, want %s: %s", failed, w.kind, w.text)
				}
				if answer.Tries != w.tries {
					t.Errorf("%d tries, want %d", answer.Tries, w.tries)
				}
			})
		})
	}
}

// ask sends one query to a handler without a network, so that a synctest
// bubble can wait for it.
func ask(t *testing.T, handler http.Handler, server, query string) (speckle.Answer, error) {
	t.Helper()
	s, err := speckle.ParseServer(server, false)
	if err != nil {
		t.Fatal(err)
	}
	q, problems := speckle.ParseQuery(query)
	if q == nil {
		t.Fatal(problems)
	}
	client := speckle.NewClient(speckle.Options{Server: s, Token: secret.New(token), UserAgent: "runner-test", Base: direct{handler}})
	defer client.Close()
	answer, err := client.Do(t.Context(), q, nil)
	if err != nil && strings.Contains(err.Error(), token) {
		t.Errorf("the token is in the error: %v", err)
	}
	return answer, err
}

// direct is a RoundTripper that calls a handler.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result(), nil
}
