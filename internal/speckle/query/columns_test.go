package query_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

func columns(t *testing.T, text string) string {
	t.Helper()
	q, problems := query.Parse(text)
	if q == nil {
		t.Fatal(problems)
	}
	var list []string
	for _, c := range q.Columns() {
		text := strings.Join(c.Path, ".") + ":" + c.Type
		if c.List {
			text += "[]"
		}
		if c.Free {
			text += "{}"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

func TestColumns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{ serverInfo { name scopes { name } configuration { objectSizeLimitBytes } } }`:                                                                                                  "serverInfo.name:String serverInfo.scopes:[] serverInfo.configuration.objectSizeLimitBytes:Int",
		`query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { cursor totalCount items { id name updatedAt author { name } versions { totalCount items { id } } } } } }`: "id:ID name:String updatedAt:DateTime author.name:String versions.totalCount:Int versions.items:[]",
		`query ($cursor: String) { project(id: "p") { object(id: "o") { children(cursor: $cursor) { cursor objects { id data } } } } }`:                                                   "id:String data:JSONObject{}",
		`{ project(id: "p") { __typename visibility sourceApps team { role } } }`:                                                                                                         "project.__typename:String project.visibility:String project.sourceApps:String[] project.team:[]",
		`{ unheardOf { a b { c } } }`: "unheardOf.a: unheardOf.b.c:",
		"query ($cursor: String) { p: project(id: \"p\") { m: models(cursor: $cursor) { cursor i: items { ...A who: author { id } ...A } } } " +
			"}\nfragment A on Model { key: id who: author { name } }": "key:ID who.name:String who.id:ID",
		`{ project(id: "p") { ... on Project { id } ... { name } id } }`: "project.id:ID project.name:String",
	} {
		if got := columns(t, text); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// TestColumnsAt follows a path through a record, and through its lists.
func TestColumnsAt(t *testing.T) {
	t.Parallel()
	q, problems := query.Parse(`query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { cursor totalCount items {
		id at: updatedAt author { name id } versions { totalCount items { createdAt authorUser { name } } } unheardOf { a } } } } }`)
	if q == nil {
		t.Fatal(problems)
	}
	for path, want := range map[string]string{
		"id": ":ID", "at": ":DateTime", "updatedAt": "", "author": "name:String id:ID", "author.name": ":String", "author.[]": "", "id.x": "",
		"versions.items": ":[]", "versions.items.[].createdAt": ":DateTime", "versions.items.createdAt": "",
		"versions.items.[]":                 "createdAt:DateTime authorUser.name:String",
		"versions.items.[].authorUser.name": ":String", "unheardOf.a": ":", "versions.items.[].[]": "",
	} {
		var got []string
		for _, c := range q.ColumnsAt(strings.Split(path, ".")) {
			text := strings.Join(c.Path, ".") + ":" + c.Type
			if c.List {
				text += "[]"
			}
			got = append(got, text)
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %q, want %q", path, text, want)
		}
	}
	if whole := q.ColumnsAt(nil); len(whole) != len(q.Columns()) {
		t.Errorf("%v", whole)
	}
}

func TestColumnsOfTheQueries(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/queries/*.graphql")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got := columns(t, string(text)); got == "" || strings.Contains(got+" ", ": ") && !strings.Contains(file, "hosted-only") {
			t.Errorf("%s: %s", file, got)
		}
	}
}

// TestManyFieldsStayFast has 40,000 aliases of one field, in two fragments.
func TestManyFieldsStayFast(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("{ serverInfo { ...F ...F } }\nfragment F on ServerInfo {")
	for i := range 12_000 {
		fmt.Fprintf(&text, " a%d: name", i)
	}
	text.WriteString(" }")
	q, problems := query.Parse(text.String())
	if q == nil || len(q.Columns()) != 12_000 {
		t.Error(problems)
	}
}
