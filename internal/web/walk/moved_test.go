package walk_test

import "testing"

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
	// The first is there before the run has ended.
	for _, page := range []struct{ name, path string }{{"changes-table", moved + "/changes"}, {"changes-run", moved}} {
		b.visit(site.url + page.path)
		for _, words := range []string{"Changed records", "Coordination/Federated", "Added records", "Level 99", "Removed records"} {
			b.sees(words)
		}
		for _, l := range looks {
			b.picture(axe, page.name, l)
		}
	}
	b.silent("what changed")
}
