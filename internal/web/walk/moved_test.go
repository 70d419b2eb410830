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
	for name, path := range map[string]string{"changes-run": moved, "changes-table": moved + "/changes"} {
		b.visit(site.url + path)
		for _, words := range []string{"Changed records", "Coordination/Federated", "Added records", "Level 99", "Removed records"} {
			b.sees(words)
		}
		for _, l := range looks {
			b.picture(axe, name, l)
		}
	}
	b.silent("what changed")
}
