package introspect_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/vektah/gqlparser/v2/ast"

	"speckle-runner/internal/speckle/introspect"
)

// recorded is the introspection of specklesystems/speckle-server 51d43b91
// (2026-06-15), as that server answered it.
func recorded(t testing.TB) []byte {
	t.Helper()
	file, err := os.Open("../fake/introspection.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func invalid(t *testing.T, schema *ast.Schema, query string) string {
	t.Helper()
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, e := range validator.ValidateWithRules(schema, doc, nil) {
		texts = append(texts, e.Message)
	}
	return strings.Join(texts, "\n")
}

func TestSchemaOfASpeckleServer(t *testing.T) {
	t.Parallel()
	schema, err := introspect.Schema(recorded(t))
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		`query($p: String!, $c: String) { project(id: $p) { models(cursor: $c) { items { id author { name } } } } }`: "",
		`query($x: JSONObject!) { project(id: "1") { object(id: "2") { children(orderBy: $x) { totalCount } } } }`:   "",
		`mutation { projectMutations { update(update: {id: "1", visibility: PUBLIC}) { id } } }`:                     "",
		`{ project(id: "1") { issues { totalCount } } }`:                                                             `Cannot query field "issues" on type "Project"`,
		`query($p: Int!) { project(id: $p) { id } }`:                                                                 `Variable "$p" of type "Int!" used in position expecting type "String!"`,
		`{ project { id } }`: `argument "id" of type "String!" is required`,
		`{ project(id: "1") { models(limit: "many") { totalCount } } }`:                        `Int cannot represent`,
		`mutation { projectMutations { update(update: {id: "1", visibility: OPEN}) { id } } }`: `does not exist in "ProjectVisibility" enum`,
		`{ project(id: "1") { team } }`:                                                        `must have a selection of subfields`,
		`{ project(id: "1") { automation(id: "2") { runs { items { trigger { id } } } } } }`:   `Cannot query field "id" on type "AutomationRunTrigger"`,
	} {
		if got := invalid(t, schema, query); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

func TestQueryIsValidItself(t *testing.T) {
	t.Parallel()
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: "type Query { a: Int }"})
	if got := invalid(t, schema, introspect.Query); got != "" {
		t.Error(got)
	}
}

// TestBrokenSchemas are answers of something that isn't quite a server.
func TestBrokenSchemas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`nothing`:               "read the schema",
		`null`:                  "no types",
		`{"__schema":null}`:     "no types",
		`{"__schema":{}}`:       "no types",
		`{"__schema":{"a":[]}}`: "no types",
		`{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","type":null}]}]}}`:                                                                                          "is none",
		`{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"THING","name":"Query"}]}}`:                                                                                                                               `kind "THING"`,
		`{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","type":{"kind":"SCALAR","name":"Nowhere"}}]}]}}`:                                                            "Nowhere",
		`{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","type":{"kind":"SCALAR","name":"Int"},"args":[{"name":"b","type":{"name":"Int"},"defaultValue":"}"}]}]}]}}`: "isn't a value",
		`{"__schema":{"queryType":{"name":"Gone"},"types":[{"kind":"SCALAR","name":"Date"}]}}`:                                                                                                                                "Gone",
	} {
		schema, err := introspect.Schema([]byte(text))
		if err == nil || schema != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzSchema(f *testing.F) {
	f.Add(`{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[{"name":"a","args":[{"name":"b","type":{"kind":"SCALAR","name":"Int"},"defaultValue":"1"}],"type":{"kind":"LIST","ofType":{"kind":"NON_NULL","ofType":{"kind":"SCALAR","name":"Int"}}}}]}],"directives":[{"name":"d","locations":["FIELD"]}]}}`)
	f.Add(`{"__schema":{"queryType":{"name":"Q"},"types":[{"kind":"UNION","name":"Q","possibleTypes":[{"name":"Q"}]},{"kind":"INTERFACE","name":"I","interfaces":[{"name":"I"}]}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		schema, err := introspect.Schema([]byte(text))
		if (schema == nil) == (err == nil) {
			t.Errorf("%v and %v", schema, err)
		}
		if schema == nil || !json.Valid([]byte(text)) {
			return
		}
		doc, _ := parser.ParseQuery(&ast.Source{Input: `{ a { b } ... on I { c(d: 1) } }`})
		validator.ValidateWithRules(schema, doc, nil)
	})
}
