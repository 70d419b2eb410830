package query_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

// TestUnknown: names that the open source schema doesn't have, at their place.
func TestUnknown(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		`{ project(id: "p") { name role __typename } }`:                                     "",
		`{ project(id: "p") { nam } }`:                                                      "1:22 nam of name",
		`{ project(ids: "p") { id } }`:                                                      "1:11 ids of id",
		`{ project(id: "p") { new { nam } } }`:                                              "1:22 new of name",
		`{ project(id: "p") { models(filter: {serch: "x"}) { totalCount } } }`:              "1:38 serch of search",
		`{ project(id: "p") { models(filter: {ids: ["x"], search: "y"}) { totalCount } } }`: "",
		`{ activeUser { projects(filter: {search: "x"}, sortBy: UPDTED) { totalCount } } }`: "",
		"query ($id: Strin!, $f: [ProjectModelsFiltr]) {\n project(id: $id) {\n ...F\n}}\n" +
			"fragment F on Projct { models(filter: $f) { totalCount } }": "1:13 Strin of String; 1:26 ProjectModelsFiltr of ProjectModelsFilter; " +
			"5:1 Projct of Project",
		"{ project(id: \"p\") { ...F x: visibilty } y: project(id: \"q\") { ...F } } fragment F on Project { nme }": "1:27 visibilty of " +
			"visibility; 1:97 nme of name",
		"{\r\n project(id: \"p\") {\r\n  nam } }":          "3:3 nam of name",
		`{ serverInfo { vresion } }`:                       "1:16 vresion of version",
		`mutation { projectMutations { delte(id: "x") } }`: "1:31 delte of delete",
	} {
		q, problems := query.Parse(written)
		if q == nil {
			t.Errorf("%s: %+v", written, problems)
			continue
		}
		var got []string
		for _, u := range q.Unknown() {
			text := fmt.Sprintf("%d:%d %s of", u.Line, u.Col, u.Written)
			for _, known := range u.Known {
				if strings.Contains(want+";", u.Written+" of "+known+";") {
					text += " " + known
				}
			}
			got = append(got, text)
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s:\n got %s\nwant %s", written, text, want)
		}
	}
}

// TestUnknownIsSilentOnWhatTheServerHas goes through the queries that were
// written against the schema: only the hosted server's own fields aren't known.
func TestUnknownIsSilentOnWhatTheServerHas(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob("testdata/queries/*.graphql")
	if len(paths) == 0 {
		t.Fatal("no queries")
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		q, problems := query.Parse(string(text))
		if q == nil {
			t.Fatalf("%s: %+v", path, problems)
		}
		if unknown := q.Unknown(); len(unknown) > 0 && !strings.Contains(path, "hosted-only") {
			t.Errorf("%s: %+v", path, unknown)
		}
	}
}
