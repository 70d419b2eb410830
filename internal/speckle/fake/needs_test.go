package fake_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"speckle-runner/internal/speckle/fake"
	"speckle-runner/internal/speckle/query"
)

// written are further queries, by hand: between them and the examples every
// field of the fake's schema that asks for a scope is there.
var written = map[string]string{
	"team":              `{ project(id: "TOWER") { id team { role user { name } } } }`,
	"invited":           `{ project(id: "TOWER") { invitedTeam { title } } }`,
	"aliases":           `{ a: project(id: "TOWER") { t: team { id } } b: project(id: "SCHOOL") { name } }`,
	"fragments":         `{ project(id: "TOWER") { ...T } } fragment T on Project { ... { ...U } name } fragment U on Project { team { id } }`,
	"inline":            `{ ... on Query { project(id: "TOWER") { ... on Project { team { id } } } } }`,
	"skipped":           `{ project(id: "TOWER") { id team @skip(if: true) { id } webhooks @include(if: false) { totalCount } } }`,
	"not skipped":       `query($no: Boolean! = false) { project(id: "TOWER") { id team @skip(if: $no) { id } } }`,
	"hooks":             `{ project(id: "TOWER") { webhooks { totalCount } } }`,
	"its workspace":     `{ project(id: "TOWER") { workspace { name team { totalCount } } } }`,
	"own projects":      `{ activeUser { projects(limit: 5) { items { id models(limit: 1) { totalCount } } } } }`,
	"own projects'team": `{ activeUser { projects(limit: 1) { items { team { id } } } } }`,
	"addresses":         `{ activeUser { emails { email } } }`,
	"tokens":            `{ activeUser { apiTokens { name } } }`,
	"someone":           `{ otherUser(id: "MEMBER") { name } }`,
	"search":            `{ users(input: {query: "a"}) { items { name } } }`,
	"administrator":     `{ admin { userList { totalCount items { email } } serverStatistics { totalUserCount } } }`,
	"workspace":         `{ workspaceBySlug(slug: "SLUG") { id team { items { email } } projects { items { name team { id } } } } }`,
	"activity":          `{ stream(id: "TOWER") { id activity { totalCount } } }`,
	"several roots":     `{ serverInfo { version } activeUser { name } project(id: "TOWER") { team { id } } admin { serverStatistics { totalUserCount } } }`,
	"a new project":     `mutation { projectMutations { create(input: {name: "X"}) { id team { id } } } }`,
	"a project":         `mutation { projectMutations { update(update: {id: "TOWER", name: "X"}) { id } } }`,
	"a version":         `mutation { versionMutations { update(input: {projectId: "TOWER", versionId: "VERSION", message: "X"}) { id } } }`,
}

// TestComputedScopesAreExact runs queries with the scopes that the walk of
// internal/speckle finds for them, which must do, and with each of them taken
// away, which must not. The server here knows the walk's facts too, but checks
// them in its resolvers.
func TestComputedScopesAreExact(t *testing.T) {
	s := start(t, fake.Options{Workspaces: true})
	everything := fake.NewToken("everything", "*")
	s.AddTokens(everything)
	version, _ := ask(t, s, everything.Token, `{ project(id: "`+fake.TowerID+`") { versions(limit: 1) { items { id } } } }`, nil).at(t,
		"data.project.versions.items.id").(string)
	ids := strings.NewReplacer("TOWER", fake.TowerID, "SCHOOL", fake.SchoolID, "MEMBER", fake.MemberID, "SLUG", fake.WorkspaceSlug, "VERSION",
		version)
	bodies := map[string][]byte{}
	for name, query := range written {
		body, err := json.Marshal(map[string]string{"query": ids.Replace(query)})
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = body
	}
	for _, q := range index(t) {
		if q.Valid {
			bodies[q.File] = queryBody(t, q)
		}
	}
	seen := map[string]bool{}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			var sent struct{ Query string }
			if err := json.Unmarshal(body, &sent); err != nil {
				t.Fatal(err)
			}
			q, problems := query.Parse(sent.Query)
			if q == nil {
				t.Fatal(problems)
			}
			n := q.Needs()
			for _, fields := range n.Because {
				for _, field := range fields {
					seen[field] = true
				}
			}
			enough := fake.NewToken(name, n.Scopes...)
			s.AddTokens(enough)
			g := post(t, s, "/graphql", enough.Token, body)
			if _, failed := g.json(t)["errors"]; g.status != 200 || failed || g.json(t)["data"] == nil {
				t.Fatalf("with %v: status %d: %.500s", n.Scopes, g.status, g.body)
			}
			for _, scope := range n.Scopes {
				less := fake.NewToken(name+" without "+scope, slices.DeleteFunc(slices.Clone(n.Scopes), func(s string) bool { return s == scope })...)
				s.AddTokens(less)
				g := post(t, s, "/graphql", less.Token, body)
				if code, missing := g.failure(t); code != "FORBIDDEN" || missing != scope {
					t.Errorf("without %s: code %q, scope %q: %.300s", scope, code, missing, g.body)
				}
			}
		})
	}
	for _, field := range asking(t) {
		if !seen[field] {
			t.Errorf("%s asks for a scope, and no query here has it", field)
		}
	}
}

// asking lists the fields of the fake's schema that ask for scopes, by the
// facts of the real one.
func asking(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	schema := gqlparser.MustLoadSchema(&ast.Source{Input: string(text)})
	var fields []string
	for _, typ := range slices.Sorted(maps.Keys(schema.Types)) {
		d := schema.Types[typ]
		if d.BuiltIn || d.Kind != ast.Object {
			continue
		}
		for _, f := range d.Fields {
			q, problems := query.Parse(fmt.Sprintf("{ ... on %s { %s { __typename } } }", typ, f.Name))
			if q == nil {
				t.Fatal(problems)
			}
			if field := typ + "." + f.Name; len(q.Needs().Scopes) > 0 && field != "Query.workspace" {
				fields = append(fields, field) // Query.workspace is workspaceBySlug by another name
			}
		}
	}
	if len(fields) < 15 {
		t.Errorf("only %v", fields)
	}
	return fields
}

// TestSoftScopes: without one the field is null, and nothing says so.
func TestSoftScopes(t *testing.T) {
	s := start(t, fake.Options{})
	for _, text := range []string{`{ activeUser { email } }`, `{ activeUser { ...M } } fragment M on User { mail: email }`} {
		q, problems := query.Parse(text)
		if q == nil {
			t.Fatal(problems)
		}
		n := q.Needs()
		if !slices.Equal(n.Soft, []string{"profile:email"}) {
			t.Fatalf("%s: soft %v", text, n.Soft)
		}
		hard, soft := fake.NewToken("hard", n.Scopes...), fake.NewToken("soft", slices.Concat(n.Scopes, n.Soft)...)
		s.AddTokens(hard, soft)
		without, with := string(ask(t, s, hard.Token, text, nil).body), string(ask(t, s, soft.Token, text, nil).body)
		if !strings.Contains(without, "mail\":null") || strings.Contains(without, "errors") || !strings.Contains(with, "@") {
			t.Errorf("%s: without %s, with %s", text, without, with)
		}
	}
}

// TestHistory: beyond the plan's window a version has no object, but for the
// newest of its model.
func TestHistory(t *testing.T) {
	token := all()
	s := start(t, fake.Options{Tokens: []fake.Token{token}, History: 1})
	g := ask(t, s, token.Token,
		`query($p: String!, $m: String!) { project(id: $p) { model(id: $m) { versions(limit: 100) { items { referencedObject } } } } }`,
		vars{"p": fake.TowerID, "m": fake.FederatedID})
	if got := strings.Count(string(g.body), `"referencedObject":null`); got != 99 {
		t.Errorf("%d of 100 versions are cut: %.300s", got, g.body)
	}
}
