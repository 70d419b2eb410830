package fake_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"speckle-runner/internal/speckle/fake"
)

// TestTheWorldIsTheSameForTheSameSeed, byte for byte, and another for another.
func TestTheWorldIsTheSameForTheSameSeed(t *testing.T) {
	everything := body(`{ project(id: "`+fake.TowerID+
		`") { models(limit: 500) { items { id name updatedAt versions(limit: 100) { items { id message createdAt } } } } object(id: "`+
		fake.ElementsID+`") { children(limit: 2000) { objects { id data } } } commentThreads { items { id rawText } } } }`, nil)
	answer := func(seed uint64) string {
		return serve(fake.New(fake.Options{Now: noon, Seed: seed, Tokens: []fake.Token{all()}}), "/graphql", all().Token,
			everything).Body.String()
	}
	one := answer(1)
	if one != answer(1) {
		t.Error("the same seed gives another world")
	}
	if two := answer(2); one == two || len(two) < 500_000 {
		t.Errorf("another seed gives the same world, or none: %d bytes", len(two))
	}
}

func TestTheWorldIsBelievable(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	g := ask(t, s, all().Token, `{ project(id: "`+fake.TowerID+`") { name sourceApps team { role user { name } }
		models(limit: 500) { totalCount items { id name updatedAt } } object(id: "`+
		fake.ElementsID+`") { children(limit: 2000) { objects { id data } } }
		model(id: "`+fake.ImportsID+`") { uploads { items { convertedStatus convertedMessage } } } level: model(id: "`+fake.Level03ID+
		`") { name versions(limit: 1) { items { referencedObject totalChildrenCount } } } } }`, nil)
	stale, times := 0, map[string]bool{}
	models, _ := g.at(t, "data.project.models.items").([]any)
	for _, m := range models {
		updated, _ := m.(map[string]any)["updatedAt"].(string)
		times[updated] = true
		if at, err := time.Parse(time.RFC3339, updated); err != nil || at.After(noon) {
			t.Errorf("%s: %v", updated, err)
		} else if noon.Sub(at) > 90*24*time.Hour {
			stale++
		}
	}
	if len(models) != fake.TowerModels || stale < 10 || stale > 70 || len(times) != len(models) {
		t.Errorf("%d models, %d stale, %d distinct times", len(models), stale, len(times))
	}
	if team, _ := g.at(t, "data.project.team").([]any); len(team) != 8 {
		t.Errorf("%d people", len(team))
	}
	if g.at(t, "data.project.level.versions.items.referencedObject") != fake.ElementsID {
		t.Errorf("level 03: %v", g.at(t, "data.project.level"))
	}
	for _, part := range []string{`"convertedStatus":3,"convertedMessage":"IFC`, `"=SUM(A1:A9)"`, `"fireRating":null`, `"fireRating":""`,
		`"materials":[]`, `"materials":null`, `"width":null`, `引き違い窓`, `Glass <low-e>`} { //nolint:gosmopolitan // as in the world
		if !bytes.Contains(g.body, []byte(part)) {
			t.Errorf("nowhere: %s", part)
		}
	}
	if n := bytes.Count(g.body, []byte(`"speckle_type"`)); n != fake.Elements {
		t.Errorf("%d elements", n)
	}
}

func TestIntrospection(t *testing.T) {
	s := fake.New(fake.Options{})
	w := serve(s, "/graphql", "",
		body(`query IntrospectionQuery { __schema { queryType { name } types { ...T } directives { name args { name } } } } fragment T on __Type { kind name fields(includeDeprecated: true) { name isDeprecated args { name defaultValue } } }`, nil))
	var out struct {
		Data struct {
			Schema struct {
				QueryType struct{ Name string }
				Types     []struct {
					Name   string
					Fields []struct{ Name string }
				}
			} `json:"__schema"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || w.Code != 200 {
		t.Fatalf("%d %v", w.Code, err)
	}
	types := out.Data.Schema.Types
	if len(types) < 400 || out.Data.Schema.QueryType.Name != "Query" {
		t.Errorf("%d types", len(types))
	}
	i := slices.IndexFunc(types, func(x struct {
		Name   string
		Fields []struct{ Name string }
	}) bool {
		return x.Name == "Project"
	})
	if i < 0 || len(types[i].Fields) < 30 {
		t.Error("Project is not whole")
	}
	w = serve(s, "/graphql", "", body(`query($n: String!) { t: __type(name: $n) { name } no: __type(name: "Nothing") { name } }`,
		vars{"n": "Model"}))
	if got := strings.TrimSpace(w.Body.String()); got != `{"data":{"t":{"name":"Model"},"no":null}}` {
		t.Errorf("%s", got)
	}
}

// TestTheSchemaIsAPartOfSpeckles: every type, field, argument and default that
// the executor has is in the introspection, with the same type.
func TestTheSchemaIsAPartOfSpeckles(t *testing.T) {
	w := serve(fake.New(fake.Options{}), "/graphql", "",
		body(`{ __schema { types { name kind fields { name type { ...R } args { name defaultValue type { ...R } } } inputFields { name defaultValue type { ...R } } enumValues { name } } } }
		fragment R on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }`, nil))
	var recorded struct {
		Data struct {
			Schema struct{ Types []introspected } `json:"__schema"`
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &recorded); err != nil {
		t.Fatal(err)
	}
	known := map[string]introspected{}
	for _, x := range recorded.Data.Schema.Types {
		known[x.Name] = x
	}
	text, err := os.ReadFile("schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	mine, err := gqlparser.LoadSchema(&ast.Source{Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, d := range mine.Types {
		if d.BuiltIn || strings.HasPrefix(name, "__") {
			continue
		}
		for _, f := range d.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			checked++
			sameField(t, known[name], f)
		}
		for _, v := range d.EnumValues {
			if !slices.ContainsFunc(known[name].EnumValues, func(k named) bool { return k.Name == v.Name }) {
				t.Errorf("%s has no value %s", name, v.Name)
			}
		}
	}
	if checked < 200 {
		t.Errorf("%d fields", checked)
	}
}

type named struct{ Name string }

type reference struct {
	Name, Kind string
	OfType     *reference
}

func (r *reference) String() string {
	switch r.Kind {
	case "NON_NULL":
		return r.OfType.String() + "!"
	case "LIST":
		return "[" + r.OfType.String() + "]"
	}
	return r.Name
}

type inputField struct {
	Name         string
	DefaultValue *string
	Type         *reference
}

type introspected struct {
	Name   string
	Fields []struct {
		Name string
		Type *reference
		Args []inputField
	}
	InputFields []inputField
	EnumValues  []named
}

func sameField(t *testing.T, known introspected, f *ast.FieldDefinition) {
	t.Helper()
	for _, k := range known.InputFields {
		if k.Name == f.Name && k.Type.String() == f.Type.String() {
			return
		}
	}
	for _, k := range known.Fields {
		if k.Name != f.Name || k.Type.String() != f.Type.String() {
			continue
		}
		for _, arg := range f.Arguments {
			if !slices.ContainsFunc(k.Args, func(a inputField) bool {
				return a.Name == arg.Name && a.Type.String() == arg.Type.String() && (a.DefaultValue == nil) == (arg.DefaultValue == nil) &&
					(a.DefaultValue == nil || *a.DefaultValue == arg.DefaultValue.String())
			}) {
				t.Errorf("%s.%s: argument %s differs", known.Name, f.Name, arg.Name)
			}
		}
		if len(k.Args) != len(f.Arguments) {
			t.Errorf("%s.%s: %d arguments of %d", known.Name, f.Name, len(f.Arguments), len(k.Args))
		}
		return
	}
	t.Errorf("%s.%s: not in Speckle's schema with this type", known.Name, f.Name)
}
