package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// recordings are requests to a real server and its answers: see the README
// beside them.
const recordings = "../../internal/speckle/testdata/recorded"

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

type recordedBody struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables"`
}

func (r recording) asked(t *testing.T) recordedBody {
	t.Helper()
	var body recordedBody
	if json.Unmarshal(r.Request.Body, &body) != nil { // a body that is no JSON was recorded, too
		body.Query = "{ serverInfo { version } }"
	}
	return body
}

func (r recording) answer(w http.ResponseWriter) {
	for name, value := range r.Response.Headers {
		if name != "connection" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(r.Response.Status)
	var html string
	if json.Unmarshal(r.Response.Body, &html) == nil {
		fmt.Fprint(w, html)
		return
	}
	w.Write(r.Response.Body)
}

func recorded(t *testing.T, name string) recording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(recordings, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r recording
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// replay serves recordings, each to the request that has its cursor.
func replay(t *testing.T, list ...recording) *httptest.Server {
	t.Helper()
	byCursor := map[string]recording{}
	for _, r := range list {
		byCursor[fmt.Sprint(r.asked(t).Variables["cursor"])] = r
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+list[0].Request.Path, func(w http.ResponseWriter, request *http.Request) {
		var body recordedBody
		if err := json.NewDecoder(request.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		r, known := byCursor[fmt.Sprint(body.Variables["cursor"])]
		if !known {
			t.Errorf("no recording has the cursor %v", body.Variables["cursor"])
		}
		r.answer(w)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// ranJob is what a user sees of one run of a recorded request.
type ranJob struct {
	code        int
	out, err    string
	dir, export string
}

// runRecorded writes a job file for the request and runs it, with an export
// of an earlier day in place.
func runRecorded(t *testing.T, server string, asked recordedBody) ranJob {
	t.Helper()
	r := ranJob{dir: t.TempDir()}
	r.export = filepath.Join(r.dir, "out", "export.ndjson")
	write(t, r.export, "yesterday\n")
	delete(asked.Variables, "cursor")
	job := map[string]any{
		"schedule": "manual", "token_env": "RECORDED_TOKEN", "query": asked.Query, "retries": 0, "timeout": "30s",
		"outputs": []any{map[string]any{"file": "export.ndjson"}},
	}
	if len(asked.Variables) > 0 {
		job["variables"] = asked.Variables
	}
	file, err := json.Marshal(map[string]any{"server": server, "jobs": map[string]any{"recorded": job}}) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	jobFile := filepath.Join(r.dir, "jobs.yaml")
	write(t, jobFile, string(file))
	t.Setenv("RECORDED_TOKEN", strings.Repeat("0123456789abcdef", 3)[:42])
	var out, errs bytes.Buffer
	r.code = execute(t.Context(), []string{"run", "recorded", "-f", jobFile, "--output-dir", filepath.Dir(r.export), "--database",
		"sqlite:" + filepath.Join(r.dir, "runner.db")}, streams{out: &out, err: &errs})
	r.out, r.err = out.String(), errs.String()
	return r
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestRecordedAnswers: what a real server said, through the whole command. On
// every failure the export of an earlier day stays as it was.
func TestRecordedAnswers(t *testing.T) {
	for name, want := range map[string]struct {
		query string // in place of one that is refused at load
		code  int
		text  string // of stdout
	}{
		"api-graphql-404":          {code: 1, text: "no GraphQL at "},
		"email-silently-null":      {code: 0, text: "recorded  succeeded: 1 record from 1 page"},
		"forbidden-project":        {code: 1, text: "You do not have access to the project"},
		"malformed-body":           {code: 1, text: "Invalid request body"},
		"no-token-active-user":     {code: 4, text: "activeUser is null: the server saw no token"},
		"no-token-private-project": {code: 1, text: "You are not logged in"},
		"project-not-found":        {code: 1, text: "Project not found"},
		"rate-limited":             {code: 1, text: "rate limiting"},
		"scope-missing-nested":     {code: 4, text: "lacks the scope users:read, which project.team needs"},
		"scope-missing-non-null":   {code: 4, text: "lacks the scope streams:read, which project needs"},
		"scope-missing-nullable":   {code: 4, text: "lacks the scope profile:read, which activeUser needs"},
		"server-info":              {code: 0, text: "recorded  succeeded: 1 record from 1 page"},
		"syntax-error":             {query: "{ serverInfo { version } }", code: 1, text: "Syntax Error: Expected Name, found <EOF>"},
		"token-invalid":            {code: 4, text: "unknown, expired or revoked"},
		"validation-error":         {code: 1, text: `Cannot query field "nope"`},
		"variable-missing":         {query: "{ serverInfo { version } }", code: 1, text: `Variable "$projectId"`},
		"versions-limit-over-100":  {code: 1, text: "Cannot return more than 100 items"},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(t, name)
			asked := r.asked(t)
			if want.query != "" {
				asked = recordedBody{Query: want.query}
			}
			got := runRecorded(t, replay(t, r).URL+r.Request.Path, asked)
			if got.code != want.code || !strings.Contains(got.out, want.text) {
				t.Errorf("exit code %d, want %d with %q\nstdout:\n%s\nstderr:\n%s", got.code, want.code, want.text, got.out, got.err)
			}
			changed := read(t, got.export) != "yesterday\n"
			if changed != (want.code == 0) {
				t.Errorf("exit code %d, export changed: %v", got.code, changed)
			}
			if left, _ := os.ReadDir(filepath.Dir(got.export)); len(left) > 1+hiddenFolders(left) {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func hiddenFolders(entries []os.DirEntry) int {
	n := 0
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), ".") {
			n++
		}
	}
	return n
}

// TestRecordedPages: the recorded collections come out whole.
func TestRecordedPages(t *testing.T) {
	for name, want := range map[string]struct{ pages, records int }{
		"models":          {4, 120},
		"versions":        {4, 250},
		"object-children": {2, 50}, // totalCount 0, as of all that was uploaded over REST
	} {
		t.Run(name, func(t *testing.T) {
			var list []recording
			for page := range want.pages {
				list = append(list, recorded(t, fmt.Sprintf("%s-page-%d", name, page+1)))
			}
			if name == "object-children" { // the recording ends before the collection does
				list = append(list, lastChildren(t, list[1]))
			}
			got := runRecorded(t, replay(t, list...).URL+list[0].Request.Path, list[0].asked(t))
			lines := strings.Count(read(t, got.export), "\n")
			if got.code != 0 || lines != want.records {
				t.Errorf("exit code %d, %d records, want %d\n%s%s", got.code, lines, want.records, got.out, got.err)
			}
		})
	}
}

// lastChildren is how a server ends: no objects and a null cursor, for the
// cursor of the page before.
func lastChildren(t *testing.T, before recording) recording {
	t.Helper()
	var answer struct {
		Data struct {
			Project struct {
				Object struct{ Children struct{ Cursor string } }
			}
		}
	}
	if err := json.Unmarshal(before.Response.Body, &answer); err != nil {
		t.Fatal(err)
	}
	asked := before.asked(t)
	asked.Variables["cursor"] = answer.Data.Project.Object.Children.Cursor
	end := before
	end.Request.Body, _ = json.Marshal(asked)
	end.Response.Body = json.RawMessage(`{"data":{"project":{"object":{"children":{"totalCount":0,"cursor":null,"objects":[]}}}}}`)
	return end
}
