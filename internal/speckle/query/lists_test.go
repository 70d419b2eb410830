package query_test

import (
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

// TestLists: what a query asks of each list, and what the server would give.
func TestLists(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ query, want string }{
		"paged, and one inside": {
			`query ($limit: Int = 20, $cursor: String) { project(id: "p") { models(limit: $limit, cursor: $cursor) { cursor items { id versions(limit: 5) { totalCount items { id } } } } } }`,
			"models limit 20 $limit of 500, 25 without, paged; versions in models limit 5 of 100 at most, 25 without",
		},
		"inside an input object": {
			`query ($n: Int!) { project(id: "p") { savedViews(input: {limit: $n}) { items { id } } } }`,
			"savedViews limit -1 $n of 100, 10 without",
		},
		"through a fragment": {`{ project(id: "p") { ...m } } fragment m on Project { models { items { id } } }`,
			"models limit -1 of 500, 25 without"},
		"only counted":          {`{ project(id: "p") { models(limit: 0) { totalCount } } }`, ""},
		"a list without cursor": {`{ project(id: "p") { team { id } webhooks { items { id } } } }`, ""},
		"inside a plain list": {`{ project(id: "p") { team { user { activity(limit: 3) { cursor items { id } } } } } }`,
			"activity in team limit 3 of 0, 25 without"},
		"unknown to the facts": {`{ project(id: "p") { novelties(limit: 3) { cursor items { id } } } }`,
			"novelties limit 3 of 0, 0 without, unknown"},
		"a mutation": {`mutation { a { models(limit: 3) { cursor items { id } } } }`, ""},
	} {
		q, problems := query.Parse(c.query)
		if len(problems) > 0 {
			t.Fatalf("%s: %+v", name, problems)
		}
		var got []string
		for _, l := range q.Lists() {
			text := l.Name
			if l.Below != "" {
				text += " in " + l.Below
			}
			text += fmt.Sprintf(" limit %d", l.Limit)
			if l.Var != "" {
				text += " $" + l.Var
			}
			text += fmt.Sprintf(" of %d", l.Max)
			if l.Refused {
				text += " at most"
			}
			text += fmt.Sprintf(", %d without", l.Default)
			if l.Paged {
				text += ", paged"
			}
			if !l.Known {
				text += ", unknown"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, text, c.want)
		}
	}
}
