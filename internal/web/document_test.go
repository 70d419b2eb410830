package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"speckle-runner/internal/web"
)

const documentPath = "/api/v1/openapi.json"

// document is a part of OpenAPI's, as far as tests go through it.
type document struct {
	OpenAPI    string
	Info       struct{ Version string }
	Servers    []struct{ URL string }
	Paths      map[string]map[string]toldOperation
	Components struct {
		Schemas   map[string]any
		Responses map[string]toldAnswer
	}
	whole any
}

type toldOperation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Security    *[]any
	Parameters  []struct{ Name, In, Description string }
	Responses   map[string]toldAnswer
}

type toldAnswer struct {
	Ref     string `json:"$ref"`
	Headers map[string]struct{ Required bool }
	Content map[string]any
}

func readDocument(t testing.TB, s *site) document {
	t.Helper()
	a := s.ask("GET", documentPath)
	d := decode[document](t, a, http.StatusOK)
	var err error
	if d.whole, err = jsonschema.UnmarshalJSON(strings.NewReader(a.body)); err != nil {
		t.Fatal(err)
	}
	return d
}

// The schema is the OpenAPI Initiative's for 3.1 of 2022-10-07 (Apache 2.0); what
// it leaves open, the schemas of answers, the compiler holds to JSON Schema 2020-12.
func TestTheDocumentIsOpenAPI(t *testing.T) {
	d := readDocument(t, serve(t, func(o *web.Options) { o.Version = "1.2.3" }))
	text, err := os.ReadFile("testdata/openapi-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	official, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	if err := c.AddResource("openapi-3.1.json", official); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("openapi-3.1.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(d.whole); err != nil {
		t.Errorf("%#v", err)
	}
	for name := range d.Components.Schemas {
		compiled(t, d, "/components/schemas/"+name)
	}
	if d.Info.Version != "1.2.3" || len(d.Servers) != 1 || strings.Contains(d.Servers[0].URL, "://") {
		t.Errorf("version %q, servers %v", d.Info.Version, d.Servers)
	}
	shared := serve(t, func(o *web.Options) { o.BasePath = "/tools/runner" })
	shared.url += "/tools/runner"
	below := readDocument(t, shared)
	if got := below.Servers[0].URL; got != "/tools/runner" {
		t.Errorf("below a base path, paths are said to be below %q", got)
	}
	// A document that is not one must be found out.
	wrong, _ := d.whole.(map[string]any)
	delete(wrong, "info")
	if schema.Validate(wrong) == nil {
		t.Error("a document without info is taken")
	}
}

func TestTheDocumentHasEveryRoute(t *testing.T) {
	s := serve(t)
	d := readDocument(t, s)
	told, ids := map[string]bool{}, map[string]bool{}
	for path, methods := range d.Paths {
		for method, o := range methods {
			told[strings.ToUpper(method)+" "+path] = true
			if ids[o.OperationID] || o.OperationID == "" || o.Summary == "" {
				t.Errorf("%s %s: id %q, summary %q", method, path, o.OperationID, o.Summary)
			}
			ids[o.OperationID] = true
			for _, p := range o.Parameters {
				if p.Description == "" {
					t.Errorf("%s %s: nothing is said of %s", method, path, p.Name)
				}
			}
		}
	}
	pages := web.New(backstage(t).web).Pages()
	for _, route := range web.New(backstage(t).web).Paths() {
		if !told[route] && !slices.Contains(pages, route) {
			t.Errorf("%s is not in the document", route)
		}
		if told[route] && slices.Contains(pages, route) {
			t.Errorf("%s is for people and in the document", route)
		}
		delete(told, route)
	}
	for route := range told {
		t.Errorf("the document has %s, which isn't there", route)
	}
}

// compiled gives a schema of the document, in which no key may be that isn't said.
func compiled(t testing.TB, d document, pointer string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	text, err := json.Marshal(d.whole)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closed(whole)
	if err := c.AddResource("openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("openapi.json#" + pointer)
	if err != nil {
		t.Fatalf("%s: %v", pointer, err)
	}
	return schema
}

// closed lets objects have only the keys that they are said to have.
func closed(v any) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			closed(one)
		}
	case map[string]any:
		if _, has := v["properties"]; has && v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, one := range v {
			closed(one)
		}
	}
}

// answerTold finds what the document says of an answer, nil for nothing, and where.
func (d document) answerTold(method, path string, status int) (*toldAnswer, string) {
	o := d.Paths[path][strings.ToLower(method)]
	told, known := o.Responses[fmt.Sprint(status)]
	if !known {
		return nil, ""
	}
	at := fmt.Sprintf("/paths/%s/%s/responses/%d", strings.ReplaceAll(path, "/", "~1"), strings.ToLower(method), status)
	if name, is := strings.CutPrefix(told.Ref, "#/components/responses/"); is {
		told, at = d.Components.Responses[name], "/components/responses/"+name
	}
	return &told, at
}
