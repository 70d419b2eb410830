package query_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

// TestQueriesPageAsTheirIndexSays loads every query of testdata/queries.
func TestQueriesPageAsTheirIndexSays(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/queries/index.json")
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Queries []struct{ File, PagedPath string }
	}
	if err := json.Unmarshal(text, &index); err != nil {
		t.Fatal(err)
	}
	limits := map[string]int{
		"01-my-projects": 50, "02-models-with-latest-version": 500, "03-project-versions-newest-first": 100,
		"04-model-version-history": 100, "07-workspace-members": 100, "09-comment-threads": 100,
		"10-issues-hosted-only": 100, "12-latest-automation-status": 500, "13-file-imports": 100,
		"14-object-properties": 1000, "16-admin-projects": 100, "18-activity-legacy-selfhosted-only": 100,
	}
	for _, entry := range index.Queries {
		name := strings.TrimSuffix(entry.File, ".graphql")
		text, err := os.ReadFile(filepath.Join("testdata/queries", entry.File))
		if err != nil {
			t.Fatal(err)
		}
		q, problems := query.Parse(string(text))
		if q == nil {
			t.Errorf("%s: %v", name, problems)
			continue
		}
		path, _, _ := strings.Cut(entry.PagedPath, " ")
		if path == "(not" {
			if q.Paging != nil {
				t.Errorf("%s isn't paged, but got %+v", name, q.Paging)
			}
			continue
		}
		p := q.Paging
		if p == nil {
			t.Errorf("%s is paged by %s: nothing found", name, path)
			continue
		}
		items := "items"
		if strings.Contains(entry.PagedPath, "objects") {
			items = "objects"
		}
		if got := strings.Join(p.Path, "."); got != path || p.Items != items || p.CursorVar != "cursor" || p.LimitVar != "limit" ||
			!p.LimitHasDefault || p.CursorKey != "cursor" || p.TotalKey != "totalCount" || p.IDKey != "id" || p.MaxLimit != limits[name] {
			t.Errorf("%s: %+v, want path %s, items %s, limit %d", name, p, path, items, limits[name])
		}
		if len(q.Warnings) != 0 {
			t.Errorf("%s: %v", name, q.Warnings)
		}
		delete(limits, name)
	}
	if len(limits) != 0 {
		t.Errorf("the index lacks %v", limits)
	}
}

func TestPagingThroughAliasesAndFragments(t *testing.T) {
	t.Parallel()
	q, problems := query.Parse(`query ($p: String!, $after: String, $n: Int!) {
		tower: project(id: $p) { ... on Project { ...Page } }
	}
	fragment Page on Project {
		all: models(limit: $n, cursor: $after) { total: totalCount next: cursor rows: items { ...Row } }
	}
	fragment Row on Model { key: id name }`)
	if q == nil {
		t.Fatal(problems)
	}
	p := q.Paging
	if p == nil || p.Field != "Project.models" || !slices.Equal(p.Path, []string{"tower", "all"}) || p.Items != "rows" ||
		p.CursorKey != "next" || p.TotalKey != "total" || p.IDKey != "key" || p.CursorVar != "after" || p.LimitVar != "n" ||
		p.LimitHasDefault || p.MaxLimit != 500 {
		t.Errorf("%+v", p)
	}
}

// TestOneFieldInTwoParts selects the paged field twice, which GraphQL merges.
func TestOneFieldInTwoParts(t *testing.T) {
	t.Parallel()
	q, problems := query.Parse("query ($c: String) { project(id: 1) { ...A ...B ...A } }\n" +
		"fragment A on Project { models(cursor: $c) { cursor totalCount items { id } } }\n" +
		"fragment B on Project { models(cursor: $c) { items { name } } }")
	if q == nil || q.Paging == nil || len(q.Columns()) != 2 {
		t.Errorf("%+v %+v", q, problems)
	}
}

func TestQueryKeepsItsText(t *testing.T) {
	t.Parallel()
	const text = "\ufeff# étage\nquery Étage { serverInfo { version } }"
	if q, _ := query.Parse(text); q != nil {
		t.Errorf("GraphQL names are ASCII, but %q was taken", text)
	}
	const good = "# étage\n  query   Q { serverInfo { version } }\n"
	q, problems := query.Parse(good)
	if q == nil || q.Text != good || q.Name != "Q" || q.Kind != "query" || len(q.Hash()) != 64 {
		t.Errorf("%+v %v", q, problems)
	}
}

func TestQueryWarnings(t *testing.T) {
	t.Parallel()
	q, problems := query.Parse("query ($p: String!, $cursor: String) {\n  project(id: $p) {\n" +
		"    models(cursor: $cursor) { cursor items { name } }\n  }\n}")
	if q == nil {
		t.Fatal(problems)
	}
	want := []query.Problem{
		{Line: 3, Col: 5, Message: "models doesn't select totalCount, so a short export can't be noticed",
			Hint: "select totalCount beside cursor"},
		{Line: 3, Col: 5, Message: "the records of models don't select id, so doubled and lost ones can't be noticed",
			Hint: "select id inside items"},
	}
	if !slices.Equal(q.Warnings, want) {
		t.Errorf("%+v", q.Warnings)
	}
}

func TestParseQueryRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text      string
		line, col int
		message   string
	}{
		"empty":             {"", 1, 1, "no operation"},
		"only a fragment":   {"fragment F on Project { id }", 1, 1, "no operation"},
		"cut":               {"query {\n  serverInfo {", 2, 15, "Expected Name, found <EOF>"},
		"two operations":    {"query A { a: __typename }\nquery B { b: __typename }", 2, 1, "a second operation"},
		"subscription":      {"subscription { projectUpdated { id } }", 1, 1, "a subscription can't be run on a schedule"},
		"undeclared":        {"query {\n  project(id: $id) { name }\n}", 2, 15, "variable $id isn't declared"},
		"undeclared inside": {"query { users(input: { query: $q }) { items { id } } }", 1, 31, "variable $q isn't declared"},
		"unused":            {"query ($a: Int) { serverInfo { version } }", 1, 8, "variable $a is declared and never used"},
		"twice":             {"query ($a: Int, $a: Int) { x(a: $a) }", 1, 17, "variable $a is declared twice"},
		"no fragment":       {"query { ...F }", 1, 12, "fragment F isn't defined"},
		"fragment unused":   {"query { __typename }\nfragment F on Project { id }", 2, 1, "fragment F is never used"},
		"fragment in itself": {"query { ...F }\nfragment F on Query { ...G }\nfragment G on Query { ...F }", 3, 26,
			"fragment F spreads itself"},
		"cursor elsewhere": {"query ($cursor: String) { project(id: $cursor) { name } }", 1, 8,
			"$cursor isn't passed to a field's cursor argument, so only the first page would be read"},
		"two pagers": {"query ($c: String) { a: project(id: 1) { models(cursor: $c) { cursor items { id } } }\n" +
			"b: project(id: 2) { models(cursor: $c) { cursor items { id } } } }",
			2, 36, "$c pages a second field, models"},
		"below a list": {"query ($c: String) { project(id: 1) { models { items { versions(cursor: $c) { cursor items { id } } } } } }", 1, 73,
			"$c pages versions, which lies below a list: every record would need a cursor of its own"},
		"no cursor": {"query ($c: String) { project(id: 1) { models(cursor: $c) { items { id } } } }", 1, 39,
			"models takes $c but doesn't select cursor"},
		"no items": {"query ($c: String) { project(id: 1) { models(cursor: $c) { cursor } } }", 1, 39,
			"models takes $c but selects neither items nor objects"},
		"cursor not null": {"query ($c: String!) { project(id: 1) { models(cursor: $c) { cursor items { id } } } }", 1, 8,
			"$c can't be String!: the first page has no cursor"},
		"cursor with a value": {`query ($c: String = "x") { project(id: 1) { models(cursor: $c) { cursor items { id } } } }`, 1, 8,
			"$c is the runner's: with a first value, the pages before it would be left out"},
		"no limit": {"query ($c: String) { project(id: 1) { models(limit: 0, cursor: $c) { cursor items { id } } } }", 1, 53,
			"pages of 0 records would never end"},
		"no limit by default": {"query ($c: String, $l: Int = -1) { project(id: 1) { models(limit: $l, cursor: $c) { cursor items { id } } } }", 1, 30,
			"pages of -1 records would never end"},
		"no limit in an input": {"query ($c: String) { users(input: {limit: 0, cursor: $c}) { cursor items { id } } }", 1, 43,
			"pages of 0 records would never end"},
		"cursor twice": {"query ($c: String) { project(id: $c) { models(cursor: $c) { cursor items { id } } } }", 1, 34,
			"$c is a cursor, and this is no cursor argument"},
		"cursor in a directive": {"query ($c: String) { project(id: 1) { models(cursor: $c) @show(if: $c) { cursor items { id } } } }", 1, 68,
			"$c is a cursor, and this is no cursor argument"},
		"cursor in a list": {"query ($c: String) { project(id: 1) { models(inputs: [{cursor: $c}]) { cursor items { id } } } }", 1, 64,
			"$c is a cursor inside a list, which can't be paged"},
		"a second cursor": {"query ($c: String, $cursor: String) { project(id: $cursor) { models(cursor: $c) { cursor items { id } } } }", 1, 20,
			"$cursor isn't passed to a field's cursor argument"},
		"fragment twice": {"query { ...F }\nfragment F on Query { a }\nfragment F on Query { b }", 3, 1, "fragment F is defined twice"},
		"paged mutation": {"mutation ($c: String) { wipe(cursor: $c) { cursor items { id } } }", 1, 38, "a mutation can't be paged"},
	} {
		q, problems := query.Parse(c.text)
		if q != nil || len(problems) != 1 {
			t.Errorf("%s: %+v", name, problems)
			continue
		}
		if p := problems[0]; p.Line != c.line || p.Col != c.col || !strings.Contains(p.Message, c.message) {
			t.Errorf("%s: %d:%d %s, want %d:%d %s", name, p.Line, p.Col, p.Message, c.line, c.col, c.message)
		}
	}
}

func TestParseQueryReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, problems := query.Parse("query ($unused: Int) {\n  project(id: $id) { ...Nope }\n}")
	if len(problems) != 3 || problems[0].Line != 1 || problems[1].Line != 2 || problems[2].Line != 2 {
		t.Errorf("%+v", problems)
	}
}

func TestFragmentBombEnds(t *testing.T) {
	t.Parallel()
	// 30 levels that each spread the next one twice: 2^30 visits, if all were made.
	bomb := "query { ...F0 }\n"
	for i := range 30 {
		bomb += fmt.Sprintf("fragment F%d on Query { ...F%d ...F%d }\n", i, i+1, i+1)
	}
	bomb += "fragment F30 on Query { __typename }"
	q, problems := query.Parse(bomb)
	if q != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "selects more than 100000 fields") {
		t.Errorf("%+v", problems)
	}
}

func FuzzParseQuery(f *testing.F) {
	for _, path := range []string{"01-my-projects", "13-file-imports", "14-object-properties", "20-project-counts"} {
		text, err := os.ReadFile("testdata/queries/" + path + ".graphql")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, problems := query.Parse(text)
		if (q == nil) == (len(problems) == 0) {
			t.Fatalf("query %v with problems %v", q, problems)
		}
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 || p.Message == "" {
				t.Errorf("%+v", p)
			}
		}
		if q != nil {
			for _, c := range q.Columns() {
				if len(c.Path) == 0 {
					t.Errorf("%+v", c)
				}
			}
		}
		if q != nil && q.Paging != nil && (q.Paging.CursorKey == "" || q.Paging.Items == "" || q.Paging.MaxLimit < 1) {
			t.Errorf("%+v", q.Paging)
		}
	})
}
