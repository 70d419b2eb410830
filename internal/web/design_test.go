package web_test

import (
	"os"
	"strings"
	"testing"

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
