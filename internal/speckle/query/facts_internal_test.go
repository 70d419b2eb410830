package query

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestFactsAreWhole reads the embedded files as JSON, and every type by its
// line, as typeFacts does.
func TestFactsAreWhole(t *testing.T) {
	t.Parallel()
	var schema struct {
		Source string
		Types  map[string]map[string]fieldFacts
	}
	if err := json.Unmarshal([]byte(schemaJSON), &schema); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(schema.Source, "51d43b91") || len(schema.Types) < 200 || len(openSource.lines()) != len(schema.Types) ||
		len(enums()) < 20 {
		t.Errorf("%q, %d types, %d lines, %d enums", schema.Source, len(schema.Types), len(openSource.lines()), len(enums()))
	}
	for name, fields := range schema.Types {
		if got := typeFacts(name); len(got) != len(fields) || len(got) == 0 {
			t.Errorf("%s has %d fields, want %d", name, len(got), len(fields))
		}
	}
	for field := range paging() {
		parent, name, _ := strings.Cut(field, ".")
		if typeFacts(parent)[name].Type == "" {
			t.Errorf("%s pages, but the schema doesn't know it", field)
		}
	}
	if got := typeFacts("Project")["team"]; got.Type != "[ProjectCollaborator!]!" || len(got.Scopes) != 1 || got.Scopes[0] != "users:read" {
		t.Errorf("%+v", got)
	}
	if got := typeFacts("Project")["models"].Args["limit"]; got != "Int!" {
		t.Errorf("%q", got)
	}
}

// BenchmarkParse stands for what a query costs at a process start.
func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		openSource.decoded.Clear()
		Parse(`query ($id: String!, $cursor: String) { project(id: $id) { models(cursor: $cursor) { totalCount cursor items { id name author { name } } } } }`)
	}
}
