package query_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/query"
)

func needs(t *testing.T, text string) query.Needs {
	t.Helper()
	q, problems := query.Parse(text)
	if q == nil {
		t.Fatalf("%v in %s", problems, text)
	}
	return q.Needs()
}

// TestNeedsOfTheExamples holds the walk against the index of the example
// queries, which was made with graphql-js.
func TestNeedsOfTheExamples(t *testing.T) {
	t.Parallel()
	var index struct {
		Queries []struct {
			File       string
			Scopes     []string
			ServerRole []string
		}
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "queries", "index.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &index); err != nil {
		t.Fatal(err)
	}
	if len(index.Queries) != 15 {
		t.Fatalf("%d queries", len(index.Queries))
	}
	unknown := map[string][]string{"10-issues-hosted-only.graphql": {"Project.issues"}}
	for _, q := range index.Queries {
		text, err := os.ReadFile(filepath.Join("testdata", "queries", q.File))
		if err != nil {
			t.Fatal(err)
		}
		got := needs(t, string(text))
		if !slices.Equal(got.Scopes, q.Scopes) || !slices.Equal(got.Roles, q.ServerRole) || !slices.Equal(got.Unknown, unknown[q.File]) {
			t.Errorf("%s needs %v, roles %v, unknown %v; want %v, %v, %v", q.File, got.Scopes, got.Roles, got.Unknown, q.Scopes, q.ServerRole,
				unknown[q.File])
		}
	}
}

// wanted is what a hand-written query needs; each list as one text.
type wanted struct {
	name, query             string
	scopes, soft            string
	roles, unknown, advised string
	because                 map[string]string
}

var byHand = []wanted{
	{name: "nothing", query: `{ serverInfo { version scopes { name } } }`},
	{name: "typename only", query: `{ __typename __schema { queryType { name } } }`},
	{name: "nested", query: `query($p: String!) { project(id: $p) { id team { role user { name } } } }`,
		scopes: "streams:read users:read", because: map[string]string{"streams:read": "Query.project", "users:read": "Project.team"}},
	{name: "deeply nested, through lists",
		query:  `{ activeUser { projects { items { models { items { versions { items { authorUser { timeline { totalCount } } } } } } } } } }`,
		scopes: "profile:read streams:read users:read", roles: "SERVER_GUEST",
		because: map[string]string{"streams:read": "LimitedUser.timeline", "users:read": "LimitedUser.timeline"}},
	{name: "aliases", query: `{ a: project(id: "1") { people: team { id } } b: project(id: "2") { id } }`,
		scopes: "streams:read users:read", because: map[string]string{"streams:read": "Query.project", "users:read": "Project.team"}},
	{name: "own address", query: `{ activeUser { email } }`, scopes: "profile:read", soft: "profile:email",
		because: map[string]string{"profile:email": "User.email"}},
	{name: "all own addresses need no scope", query: `{ activeUser { emails { email } } }`, scopes: "profile:read"},
	{name: "another's address", query: `{ user(id: "0123456789") { email } }`, scopes: "profile:read users:read", soft: "users:email"},
	{name: "own address by user", query: `{ user { email } }`, scopes: "profile:read", soft: "profile:email"},
	{name: "own address by user of null", query: `{ user(id: null) { email } }`, scopes: "profile:read", soft: "profile:email"},
	{name: "perhaps another's", query: `query($u: String) { user(id: $u) { email } }`, scopes: "profile:read users:read", soft: "users:email"},
	{name: "another's own things", query: `{ user(id: "0123456789") { emails { email } } }`, scopes: "profile:read users:read",
		roles: "SERVER_ADMIN"},
	{name: "an author's address", query: `{ stream(id: "1") { branch(name: "main") { author { email } } } }`, scopes: "streams:read",
		soft: "users:email"},
	{name: "soft here, hard there", query: `mutation { activeUserMutations { emailMutations { create(input: {email: "a@b.c"}) { email } } } }`,
		scopes: "profile:email profile:write", roles: "SERVER_GUEST"},
	{name: "a fragment", query: `query { project(id: "1") { ...T } } fragment T on Project { ...U name } fragment U on Project { team { id } }`, scopes: "streams:read users:read"},
	{name: "an inline fragment", query: `{ project(id: "1") { ... on Project { team { id } } ... { invitedTeam { id } } } }`,
		scopes: "streams:read users:read", roles: "STREAM_CONTRIBUTOR"},
	{name: "a union", query: `{ project(id: "1") { automation(id: "2") { runs { items { trigger { __typename ... on VersionCreatedTrigger { version { model { name } } } } } } } } }`,
		scopes: "streams:read"},
	{name: "a fragment on the union",
		query:  `{ project(id: "1") { automation(id: "2") { runs { items { trigger { ... on AutomationRunTrigger { ... on VersionCreatedTrigger { model { name } } } } } } } } }`,
		scopes: "streams:read"},
	{name: "skipped for sure", query: `{ project(id: "1") { id team @skip(if: true) { id } workspace @include(if: false) { id } } }`,
		scopes: "streams:read"},
	{name: "skipped perhaps",
		query:  `query($x: Boolean!) { project(id: "1") { team @skip(if: $x) { id } workspace @include(if: $x) { id } } }`,
		scopes: "streams:read users:read workspace:read"},
	{name: "not skipped", query: `{ project(id: "1") { team @skip(if: false) @include(if: true) { id } } }`,
		scopes: "streams:read users:read"},
	{name: "a skipped spread",
		query:  `{ project(id: "1") { ...T @skip(if: true) ... @include(if: false) { workspace { id } } } } fragment T on Project { team { id } }`,
		scopes: "streams:read"},
	{name: "a spread that is skipped once",
		query:  `{ a: project(id: "1") { ...T @skip(if: true) } b: project(id: "1") { ...T } } fragment T on Project { team { id } }`,
		scopes: "streams:read users:read"},
	{name: "administrators", query: `{ admin { userList { items { email } } serverStatistics { totalUserCount } } }`,
		scopes: "server:stats users:read", roles: "SERVER_ADMIN"},
	{name: "roles of each kind",
		query:  `{ workspace(id: "1") { customerPortalUrl domains { id } projects { items { webhooks { totalCount } pendingAccessRequests { id } } } } }`,
		scopes: "streams:write workspace:billing workspace:read", roles: "SERVER_USER STREAM_OWNER WORKSPACE_ADMIN", advised: "streams:read",
		because: map[string]string{"streams:write": "Project.webhooks"}},
	{name: "own projects", query: `{ activeUser { projects { items { id } } } }`, scopes: "profile:read", advised: "streams:read"},
	{name: "advised here, needed there", query: `{ activeUser { projects { items { id } } } project(id: "1") { id } }`,
		scopes: "profile:read streams:read"},
	{name: "a scope in the code only", query: `{ userSearch(query: "a") { items { name } } }`, scopes: "profile:read users:read"},
	{name: "two scopes on one field", query: `{ users(input: {query: "a"}) { items { id } } }`, scopes: "profile:read users:read",
		roles: "SERVER_GUEST"},
	{name: "tokens", query: `{ activeUser { apiTokens { name } } }`, scopes: "profile:read tokens:read", roles: "SERVER_USER"},
	{name: "unknown fields", query: `{ project(id: "1") { issues { items { title author { user { name } } } } quux } nonesuch { a { b } } }`,
		scopes: "streams:read", unknown: "Project.issues Project.quux Query.nonesuch"},
	{name: "a known type below an unknown field", query: `{ nonesuch { ... on Project { team { id } } } }`, scopes: "users:read",
		unknown: "Query.nonesuch"},
	{name: "an unknown type", query: `{ project(id: "1") { ... on Tower { floors } } }`, scopes: "streams:read", unknown: "Tower.floors"},
	{name: "a mutation", query: `mutation { projectMutations { update(update: {id: "1"}) { id team { id } } } versionMutations { update(input: {versionId: "1", projectId: "1"}) { id } } }`,
		scopes: "streams:write users:read", roles: "SERVER_USER"},
	{name: "a scope that no token can have", query: `mutation { userNotificationPreferencesUpdate(preferences: {}) }`,
		scopes: "profile:update", roles: "SERVER_GUEST"},
}

func TestNeedsByHand(t *testing.T) {
	t.Parallel()
	for _, w := range byHand {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			got := needs(t, w.query)
			for what, pair := range map[string][2]string{
				"scopes": {strings.Join(got.Scopes, " "), w.scopes}, "soft": {strings.Join(got.Soft, " "), w.soft},
				"roles": {strings.Join(got.Roles, " "), w.roles}, "unknown": {strings.Join(got.Unknown, " "), w.unknown},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
				}
			}
			if advised := strings.Join(got.Advised, " "); w.advised != "" && advised != w.advised {
				t.Errorf("advised: %q, want %q", advised, w.advised)
			}
			for scope, fields := range w.because {
				if because := strings.Join(got.Because[scope], " "); because != fields {
					t.Errorf("%s because of %q, want %q", scope, because, fields)
				}
			}
			consistent(t, got)
		})
	}
}

// consistent checks what is true of all needs.
func consistent(t *testing.T, n query.Needs) {
	t.Helper()
	all := slices.Concat(n.Scopes, n.Soft, n.Advised)
	for _, list := range [][]string{n.Scopes, n.Soft, n.Roles, n.Unknown, n.Advised} {
		if list == nil || !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
			t.Errorf("%#v isn't a sorted list of different words", list)
		}
	}
	for _, scope := range all {
		if len(n.Because[scope]) == 0 {
			t.Errorf("nothing asks for %s", scope)
		}
	}
	for _, role := range n.Roles {
		if len(n.Roled[role]) == 0 {
			t.Errorf("nothing asks for %s", role)
		}
	}
	slices.Sort(all)
	if len(n.Because) != len(all) || len(slices.Compact(all)) != len(n.Because) {
		t.Errorf("scopes %v, reasons for %d", all, len(n.Because))
	}
	before, err := json.Marshal(n)
	after, err2 := json.Marshal(n.Join(n))
	if err != nil || err2 != nil || string(before) != string(after) {
		t.Errorf("joined with itself: %s, before %s", after, before)
	}
}

func TestNeedsOfSeveralQueries(t *testing.T) {
	t.Parallel()
	mine := needs(t, `{ activeUser { email projects { items { id } } } }`)
	theirs := needs(t, `{ project(id: "1") { team { id } } admin { serverStatistics { totalUserCount } } }`)
	got := mine.Join(theirs)
	if want := "profile:read server:stats streams:read users:read"; strings.Join(got.Scopes, " ") != want || got.Soft[0] != "profile:email" ||
		len(got.Advised) != 0 || got.Roles[0] != "SERVER_ADMIN" || len(got.Because["streams:read"]) != 1 {
		t.Errorf("%+v", got)
	}
	consistent(t, got)
}

func FuzzNeeds(f *testing.F) {
	for _, w := range byHand {
		f.Add(w.query)
	}
	f.Add(`{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...c ...c } fragment c on Query { admin { __typename } }`)
	f.Add(`query { user(id: $x) @skip(if: "true") { email(a: {b: [null]}) } }`)
	f.Fuzz(func(t *testing.T, text string) {
		if q, _ := query.Parse(text); q != nil {
			consistent(t, q.Needs())
		}
	})
}
