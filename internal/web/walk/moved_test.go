package walk_test

import (
	"strings"
	"testing"
)

// Records that were added, removed and changed, as a person sees them: on a page of
// their own, and on the run's.
func TestWhatChangedIsLookedAt(t *testing.T) {
	axe := axeCore(t)
	site := serve(t)
	b := open(t)
	signIn(b, site)
	pressed(b, site, "moving", "Run now")
	b.sees("Succeeded")
	site.moves()
	moved := pressed(b, site, "moving", "Run now")
	run := strings.TrimPrefix(moved, "/runs/")
	// The first is there before the run has ended.
	for _, page := range []struct{ name, path, title string }{
		{"changes-table", moved + "/changes", "What changed in " + run},
		{"changes-run", moved, run},
	} {
		b.visit(site.url + page.path)
		for _, words := range []string{"Changed records", "Coordination/Federated", "Added records", "Level 99", "Removed records"} {
			b.sees(words)
		}
		for _, l := range looks {
			b.picture(axe, page.name, l)
		}
		if title := tells[string](b, "document.title"); title != page.title+" · runner" {
			b.Errorf("%s has the title %q", page.path, title)
		}
	}
	b.silent("what changed")
}
