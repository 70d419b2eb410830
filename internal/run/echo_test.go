package run_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"speckle-runner/internal/run"
)

// TestATokenThatComesBack in what a server says is in nothing that is kept or shown of
// the run: not in what is left of a good one, and not in what a dry run shows.
func TestATokenThatComesBack(t *testing.T) {
	var seen string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"errors":[{"message":"no %[1]s here","path":["project","name"],"extensions":{"code":"FORBIDDEN","statusCode":403}}],`+
			`"data":{"project":{"name":null,"models":{"totalCount":1,"cursor":null,"items":[{"id":"%[1]s"}]}}}}`, seen)
	}))
	defer server.Close()
	const keys = `    on_partial: keep
    query: |
      query Models($limit: Int!, $cursor: String) {
        project(id: "p") { name models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } }
      }
    outputs: [{ file: out.json, manifest: true }, { webhook: "http://127.0.0.1:9/", body: .count }]
`
	b := newRig(t)
	for name, change := range map[string]func(*run.Request){
		"a run": func(*run.Request) {}, "a dry run": dry, "a failed run": func(r *run.Request) { b.folder("out.json") },
	} {
		result := b.attempt(b.job("    server: "+server.URL+"\n"+keys), 1, change)
		failed := name == "a failed run"
		if len(seen) != 42 || len(result.Warnings) == 0 || (result.State == run.Failed) != failed {
			t.Fatalf("%s: %s %s, %q", name, result.State, result.Error, result.Warnings)
		}
		shown := *result
		shown.Err = nil // for code, which is asked by its kind
		text, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b.log.String()...)
		if name == "a run" {
			text = append(text, b.read("out.json.manifest.json")...)
			b.remove("out.json")
		}
		if failed {
			b.remove("out.json")
		}
		if strings.Contains(string(text), seen) || strings.Contains(string(text), seen[10:]) {
			t.Errorf("%s holds it: %s", name, text)
		}
		if name == "a dry run" && len(result.Sample) != 1 {
			t.Errorf("it shows %q", result.Sample)
		}
	}
}
