package fake_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

// names puts the fake's ids in the place of the examples'.
var names = strings.NewReplacer(
	`"0123456789"`, `"`+fake.TowerID+`"`, `"9876543210"`, `"`+fake.SchoolID+`"`, `"abcdef0123"`, `"`+fake.ImportsID+`"`,
	`"00000000000000000000000000000000"`, `"`+fake.ElementsID+`"`, `"my-workspace"`, `"`+fake.WorkspaceSlug+`"`,
)

type indexed struct {
	File, Variables string
	Scopes          []string
	Valid           bool `json:"validOpenSource51d43b91"`
}

func index(t *testing.T) []indexed {
	t.Helper()
	var out struct{ Queries []indexed }
	if err := json.Unmarshal(read(t, "index.json"), &out); err != nil || len(out.Queries) < 15 {
		t.Fatalf("index: %d queries, %v", len(out.Queries), err)
	}
	return out.Queries
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../query/testdata/queries", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestQueriesNeedTheirScopes runs each example query with exactly the scopes
// of its index, and with each of them taken away.
func TestQueriesNeedTheirScopes(t *testing.T) {
	s := start(t, fake.Options{Workspaces: true})
	for _, q := range index(t) {
		t.Run(q.File, func(t *testing.T) {
			body := queryBody(t, q)
			enough := fake.NewToken(q.File, q.Scopes...)
			s.AddTokens(enough)
			g := post(t, s, "/graphql", enough.Token, body)
			if !q.Valid {
				if code, _ := g.failure(t); g.status != 400 || code != "GRAPHQL_VALIDATION_FAILED" {
					t.Fatalf("status %d, code %s; this server doesn't know the field", g.status, code)
				}
				return
			}
			if _, failed := g.json(t)["errors"]; g.status != 200 || failed || g.json(t)["data"] == nil {
				t.Fatalf("status %d: %.500s", g.status, g.body)
			}
			for _, scope := range q.Scopes {
				rest := slices.DeleteFunc(slices.Clone(q.Scopes), func(s string) bool { return s == scope })
				less := fake.NewToken(q.File+" without "+scope, append(rest, "apps:read")...)
				s.AddTokens(less)
				g := post(t, s, "/graphql", less.Token, body)
				if code, missing := g.failure(t); code != "FORBIDDEN" || missing != scope {
					t.Errorf("without %s: code %q, scope %q: %.300s", scope, code, missing, g.body)
				}
			}
		})
	}
}

func queryBody(t *testing.T, q indexed) []byte {
	t.Helper()
	var variables json.RawMessage = []byte(names.Replace(string(read(t, q.Variables))))
	body, err := json.Marshal(map[string]any{"query": string(read(t, q.File)), "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestWorkspacesAreOffByDefault, as on the open source server.
func TestWorkspacesAreOffByDefault(t *testing.T) {
	token := fake.NewToken("w", "workspace:read", "users:read", "profile:read")
	s := start(t, fake.Options{Tokens: []fake.Token{token}})
	for query, field := range map[string]string{
		`{ workspaceBySlug(slug: "harbour-lime") { id } }`: "data",
		`{ activeUser { id workspaces { totalCount } } }`:  "data.activeUser",
	} {
		g := ask(t, s, token.Token, query, nil)
		if code, _ := g.failure(t); g.status != 200 || code != "WORKSPACES_MODULE_DISABLED_ERROR" || g.at(t, field) != nil {
			t.Errorf("%s: %d %s", query, g.status, g.body)
		}
	}
}
