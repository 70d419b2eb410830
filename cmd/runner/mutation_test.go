package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestMutationsAreDoneOnce: a mutation that may have been carried out is never
// sent again, however its run ends and however many retries the job has.
func TestMutationsAreDoneOnce(t *testing.T) {
	var mu sync.Mutex
	sent := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		var asked struct {
			Query     string
			Variables map[string]string
		}
		if err := json.NewDecoder(request.Body).Decode(&asked); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasPrefix(asked.Query, "mutation") {
			fmt.Fprint(w, `{"data":{"serverInfo":{"version":"2"}}}`)
			return
		}
		mu.Lock()
		sent[asked.Variables["name"]]++
		mu.Unlock()
		if asked.Variables["name"] == "b" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(w, `{"data":{"projectMutations":{"create":{"id":"1234567890"}}}}`)
	}))
	defer server.Close()
	t.Setenv("MUTATION_TOKEN", strings.Repeat("0123456789abcdef", 3)[:42])
	dir := t.TempDir()
	write(t, filepath.Join(dir, "jobs.yaml"), `
server: `+server.URL+`
defaults: { retries: 2, token_env: MUTATION_TOKEN }
x-create: &create |
  mutation Create($name: String!) { projectMutations { create(input: {name: $name}) { id } } }
jobs:
  one:
    schedule: manual
    mutation: true
    query: *create
    variables: { name: b }
    outputs: [{ file: one.json }]
  each:
    schedule: manual
    mutation: true
    for_each: { query: "{ serverInfo { version } }", select: '{name: "a"}, {name: "b"}', concurrency: 1 }
    query: *create
    outputs: [{ file: each.json }]
`)
	for job, want := range map[string]map[string]int{"one": {"b": 1}, "each": {"a": 1, "b": 1}} {
		clear(sent)
		var out, errs bytes.Buffer
		args := []string{"run", job, "-f", filepath.Join(dir, "jobs.yaml"), "--output-dir", dir, "--database",
			"sqlite:" + filepath.Join(dir, "runner.db")}
		code := execute(t.Context(), args, streams{out: &out, err: &errs})
		if code != exitFailed || fmt.Sprint(sent) != fmt.Sprint(want) {
			t.Errorf("%s: exit code %d, sent %v, want %v\n%s%s", job, code, sent, want, out.String(), errs.String())
		}
	}
	// A dry run sends none of them: it shows what would be sent.
	for job, want := range map[string][]string{
		"one":  {"would send 1 mutation\n", `mutation Create {"name": "b"}`},
		"each": {"would send 2 mutations\n", `mutation Create {"name": "a"}`, `mutation Create {"name": "b"}`},
	} {
		clear(sent)
		var out, errs bytes.Buffer
		args := []string{"run", job, "--dry-run", "-f", filepath.Join(dir, "jobs.yaml"), "--output-dir", dir, "--database",
			"sqlite:" + filepath.Join(dir, "dry.db")}
		code := execute(t.Context(), args, streams{out: &out, err: &errs})
		if code != exitOK || len(sent) != 0 {
			t.Errorf("%s: exit code %d, sent %v\n%s%s", job, code, sent, out.String(), errs.String())
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%s: %q is missing in\n%s", job, text, out.String())
			}
		}
	}
}
