package web_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"speckle-runner/internal/store"
	"speckle-runner/internal/web"
)

// TestDesignNamesThePages: who looks for what there is finds each room of the dashboard in
// docs/design.md.
func TestDesignNamesThePages(t *testing.T) {
	design, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, route := range web.New(backstage(t).web).Pages() {
		path, page := strings.CutPrefix(route, "GET /")
		room, _, _ := strings.Cut(path, "/")
		if !page || room == "{$}" || room == "assets" {
			continue
		}
		named++
		if text := string(design); !strings.Contains(text, "`/"+room+"`") && !strings.Contains(text, "`/"+room+"/") {
			t.Errorf("docs/design.md doesn't name /%s", room)
		}
	}
	if named < 7 {
		t.Errorf("%d pages were looked at", named)
	}
}

// TestDesignNamesTheKeys: what people build on stands in docs/design.md whole.
func TestDesignNamesTheKeys(t *testing.T) {
	design, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	_, told, _ := strings.Cut(string(design), "JSON of the commands and the API is stable")
	told, _, _ = strings.Cut(told, "## HTTP")
	s := serve(t)
	id := s.ran("nightly", tick, store.Outcome{State: store.Succeeded, Files: []store.File{{Path: "a.csv", Output: "a.csv", Latest: "b.csv"}},
		Deliveries: []store.NewDelivery{{Kind: "output", Target: "HOOK", Body: []byte("{}")}}})
	run := decode[map[string]any](t, s.ask("GET", "/api/v1/runs/"+id), http.StatusOK)
	job := decode[map[string]any](t, s.ask("GET", "/api/v1/jobs/nightly"), http.StatusOK)
	first := func(list any) map[string]any { return list.([]any)[0].(map[string]any) }
	for _, of := range []map[string]any{run, job, first(run["files"]), first(run["deliveries"])} {
		for name := range of {
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(told) {
				t.Errorf("docs/design.md doesn't name the key %s", name)
			}
		}
	}
}
