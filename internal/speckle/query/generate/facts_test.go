package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestTheFileIsFresh makes the facts anew from the recorded introspection.
func TestTheFileIsFresh(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile("../data/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := renew(file, "", []string{"../../fake/introspection.json.gz"}); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
		t.Errorf("data/schema.json is stale (%v): renew it with\n\tgo generate ./internal/speckle/query", err)
	}
}

const old = `{"source":"an older one","scopes":{"doors:read":{"purpose":"read doors"},"walls:read":{}},
"resolverScopeChecks":[{"field":"Door.key","scopes":["keys:read"]}],
"nullWithoutErrorFields":[{"field":"Wall.gone","why":"demolished"}],
"types":{"Query":{"door":{"type":"Door","scopes":["doors:read"],"serverRole":"SERVER_USER"}},"Wall":{"gone":{"type":"Int"}}}}`

const small = `
extend type Query {
  door(id: ID!, side: Side = LEFT, most: Int! = 5): Door @hasScope(scope: "doors:read") @hasServerRole(role: SERVER_GUEST)
  walls(input: WallsInput): [Wall!]! @hasScopes(scopes: ["walls:read", "doors:read"]) @deprecated(reason: "use door")
}
interface Part { id: ID! }
type Door implements Part { id: ID! key: String @hasStreamRole(role: STREAM_OWNER) @isOwner }
type Wall implements Part { id: ID! owner: String @hasWorkspaceRole(role: MEMBER) @hasScope(scope: "owners:read") }
union Either = Wall | Door
enum Side { LEFT RIGHT }
input WallsInput { limit: Int = 3 sides: [Side!] }
`

func TestFactsOfTypeDefinitions(t *testing.T) {
	t.Parallel()
	made, warnings, err := facts([]byte(old), "a test", map[string][]byte{
		"a.graphql": []byte("type Query { _: String }"), "b.graphql": []byte(small),
	})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"source":"a test; names, types and scopes only, no descriptions",
"scopes":{"doors:read":{"purpose":"read doors"},"walls:read":{}},
"resolverScopeChecks":[{"field":"Door.key","scopes":["keys:read"]}],
"nullWithoutErrorFields":[{"field":"Wall.gone","why":"demolished"}],
"unions":{"Either":["Door","Wall"]},
"interfaces":{"Part":["Door","Wall"]},
"enums":{"Side":["LEFT","RIGHT"]},
"inputs":{"WallsInput":{"fields":{"limit":"Int","sides":"[Side!]"},"defaults":{"limit":3}}},
"types":{
"Door":{"id":{"type":"ID!"},"key":{"type":"String","streamRole":"STREAM_OWNER","ownerOrAdminOnly":true}},
"Part":{"id":{"type":"ID!"}},
"Query":{"_":{"type":"String"},"door":{"type":"Door","args":{"id":"ID!","most":"Int!","side":"Side"},"argDefaults":{"most":5,"side":"LEFT"},"serverRole":"SERVER_GUEST","scopes":["doors:read"]},"walls":{"type":"[Wall!]!","args":{"input":"WallsInput"},"scopes":["walls:read","doors:read"],"deprecated":true}},
"Wall":{"id":{"type":"ID!"},"owner":{"type":"String","scopes":["owners:read"],"workspaceRole":"MEMBER"}}
}}
`
	if string(made) != want {
		t.Errorf("%s\nwant\n%s", made, want)
	}
	complaints := strings.Join(warnings, "\n")
	if !strings.Contains(complaints, "Wall.gone is gone") || !strings.Contains(complaints, "Wall.owner asks for owners:read") ||
		len(warnings) != 2 {
		t.Error(complaints)
	}
	if !json.Valid(made) {
		t.Error("that isn't JSON")
	}
}

// TestFactsOfAnIntrospection keeps the scopes of fields that the old file has,
// and says of new ones that theirs aren't known.
func TestFactsOfAnIntrospection(t *testing.T) {
	t.Parallel()
	const answer = `{"data":{"__schema":{"queryType":{"name":"Query"},"types":[{"kind":"OBJECT","name":"Query","fields":[
		{"name":"door","args":[{"name":"id","type":{"kind":"SCALAR","name":"ID"},"defaultValue":"\"1\""}],"type":{"kind":"SCALAR","name":"Int"}},
		{"name":"roof","args":[],"type":{"kind":"SCALAR","name":"Int"},"isDeprecated":true}]}]}}}`
	made, warnings, err := facts([]byte(old), "", map[string][]byte{"answer.json": []byte(answer)})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Source string
		Types  map[string]map[string]field
	}
	if err := json.Unmarshal(made, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]field{"Query": {
		"door": {Type: "Int", Args: map[string]string{"id": "ID"}, ArgDefaults: map[string]any{"id": "1"}, Scopes: []string{"doors:read"},
			ServerRole: "SERVER_USER"},
		"roof": {Type: "Int", ScopesUnknown: true, Deprecated: true},
	}}
	if !reflect.DeepEqual(got.Types, want) || got.Source != "an older one" {
		t.Errorf("%s: %+v, want %+v", got.Source, got.Types, want)
	}
	if len(warnings) != 3 || !strings.Contains(strings.Join(warnings, "\n"), "Query.roof is new") {
		t.Error(warnings)
	}
}

func TestFactsOfNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, text, want string }{
		"no schema":        {old, "scalar A", "no type Query"},
		"a broken text":    {old, "type Query {", "b.graphql"},
		"a broken answer":  {old, `{"data":{}}`, "no types"},
		"broken old facts": {"{", "type Query { a: Int }", "old facts"},
		"no old types":     {`{"types":[]}`, "type Query { a: Int }", "old facts"},
	} {
		if _, _, err := facts([]byte(c.old), "", map[string][]byte{"b.graphql": []byte(c.text)}); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
