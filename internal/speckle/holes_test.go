package speckle_test

import (
	"errors"
	"strings"
	"testing"

	"speckle-runner/internal/speckle"
)

const (
	alwaysThere = ", without an error beside it: Speckle's schema says that it is always there (does it exist, and may the token see it?)"
	goneText    = " is null, and the server gives no error for it: it isn't there, or the token may not see it"
)

// TestHolesFail: what the schema says is never null, and is missing in an answer
// without errors, fails a query that isn't paged as it does a paged one. None of
// the record reaches the sink.
func TestHolesFail(t *testing.T) {
	const (
		list  = `{ project(id: "p") { name models(limit: 3) { totalCount items { id versions(limit: 2) { items { id } } } } } }`
		paged = `query ($cursor: String) { project(id: "p") { name models(cursor: $cursor) { cursor items { id versions { totalCount items { id } } } } } }`
		lost  = ", without an error beside it (the server lost them, or the token may not see them and the server doesn't say so)"
	)
	models := func(list string) string { return `{"data":{"project":{"name":"P","models":` + list + `}}}` }
	for name, c := range map[string]struct{ query, answer, want string }{
		"the root null":     {list, `{"data":{"project":null}}`, "project is null" + alwaysThere},
		"the root absent":   {list, `{"data":{}}`, "project is absent" + alwaysThere},
		"the root empty":    {`{ project(id: "p") { id name } }`, `{"data":{"project":{}}}`, "project.id is absent" + alwaysThere},
		"the root a text":   {list, `{"data":{"project":"p"}}`, "project isn't what the query asks for" + alwaysThere},
		"the server":        {`{ serverInfo { version } }`, `{"data":{"serverInfo":null}}`, "serverInfo is null" + alwaysThere},
		"one of two":        {`{ project(id: "p") { id } serverInfo { name } }`, `{"data":{"project":null,"serverInfo":{"name":"S"}}}`, "project is null" + alwaysThere},
		"a collection":      {list, models(`null`), "project.models is null" + alwaysThere},
		"a list as object":  {list, models(`[]`), "project.models isn't what the query asks for" + alwaysThere},
		"its items null":    {list, models(`{"totalCount":1,"items":null}`), "project.models.items is null" + alwaysThere},
		"its items absent":  {list, models(`{"totalCount":1}`), "project.models.items is absent" + alwaysThere},
		"its items no list": {list, models(`{"totalCount":1,"items":{}}`), "project.models.items isn't what the query asks for" + alwaysThere},
		"a null item":       {list, models(`{"totalCount":2,"items":[null,{"id":"a","versions":{"items":[]}}]}`), "project.models.items: 1 of 2 records is null" + lost},
		"in an item":        {list, models(`{"totalCount":1,"items":[{"id":"a","versions":null}]}`), "project.models.items.versions is null" + alwaysThere},
		"absent in an item": {list, models(`{"totalCount":1,"items":[{"id":"a"}]}`), "project.models.items.versions is absent" + alwaysThere},
		"a null in its list": {list, models(`{"totalCount":1,"items":[{"id":"a","versions":{"items":[{"id":"v"},null,null]}}]}`),
			"project.models.items.versions.items: 2 of 3 records are null, without an error beside them" +
				strings.TrimPrefix(lost, ", without an error beside it")},
		"by an alias": {`{ tower: project(id: "p") { all: models { rows: items { id } } } }`, `{"data":{"tower":{"all":{"rows":null}}}}`,
			"tower (field project).all (field models).rows (field items) is null" + alwaysThere},
		"by fragments": {`{ project(id: "p") { ...P ... on Project { models { items { id } } } } } fragment P on Project { name }`,
			`{"data":{"project":{"name":"P","models":null}}}`, "project.models is null" + alwaysThere},
		"absent, by a fragment": {`{ project(id: "p") { ...P } } fragment P on Project { models { items { id } } }`, `{"data":{"project":{}}}`,
			"project.models is absent" + alwaysThere},
		"null, under a condition": {`query ($x: Boolean = true) { project(id: "p") { id models @include(if: $x) { items { id } } } }`,
			`{"data":{"project":{"id":"p","models":null}}}`, "project.models is null" + alwaysThere},
		"under a condition that is none": {`{ project(id: "p") { id models @skip(if: false) { items { id } } } }`,
			`{"data":{"project":{"id":"p"}}}`, "project.models is absent" + alwaysThere},
		"selected twice, once under a condition": {`query ($x: Boolean = true) { project(id: "p") { id @skip(if: $x) id } }`, `{"data":{"project":{}}}`,
			"project.id is absent" + alwaysThere},
		"nothing of what isn't known": {`{ towers { id } }`, `{"data":{}}`, "data holds nothing of what the query asks for"},
		"a mutation":                  {`mutation { projectMutations { create(input: {}) { id } } }`, `{"data":{"projectMutations":{"create":null}}}`, "projectMutations.create is null" + alwaysThere},
		"beside pages": {paged, `{"data":{"project":{"name":null,"models":{"cursor":null,"items":[]}}}}`,
			"project.name is null" + alwaysThere},
		"in a page's record": {paged, models(`{"cursor":null,"items":[{"id":"a","versions":null}]}`), "project.models.items.versions is null" + alwaysThere},
		"absent in a page's record": {paged, models(`{"cursor":null,"items":[{"id":"a"}]}`),
			"project.models.items.versions is absent" + alwaysThere},
		"the items in a page's record": {paged, models(`{"cursor":null,"items":[{"id":"a","versions":{"totalCount":0}}]}`),
			"project.models.items.versions.items is absent" + alwaysThere},
	} {
		t.Run(name, func(t *testing.T) {
			for _, complete := range []bool{true, false} {
				got := read(t, t.Context(), job{query: c.query, base: script(t, c.answer), request: speckle.Request{Complete: complete}})
				failed, _ := errors.AsType[*speckle.Error](got.err)
				if failed == nil || failed.Kind != speckle.BadAnswer || failed.Error() != c.want || got.stats.Requests != 1 {
					t.Errorf("%v, want %s", got.err, c.want)
				}
				if len(got.records)+got.dropped > 0 {
					t.Errorf("%d records stand, %d pages were dropped", len(got.records), got.dropped)
				}
			}
		})
	}
}

// TestNoHoles: what an answer may leave out, or has as null, fails nothing.
func TestNoHoles(t *testing.T) {
	for name, c := range map[string]struct{ query, answer string }{
		"a condition": {`query ($x: Boolean = false) { project(id: "p") @include(if: $x) { id } serverInfo { name } }`,
			`{"data":{"serverInfo":{"name":"S"}}}`},
		"all under conditions":     {`query ($x: Boolean = false) { project(id: "p") @include(if: $x) { id } }`, `{"data":{}}`},
		"below a condition":        {`query ($x: Boolean = false) { project(id: "p") { id ... @include(if: $x) { models { items { id } } } } }`, `{"data":{"project":{"id":"p"}}}`},
		"a spread's condition":     {`query ($x: Boolean = false) { project(id: "p") { id ...P @include(if: $x) } } fragment P on Project { name }`, `{"data":{"project":{"id":"p"}}}`},
		"another type":             {`{ project(id: "p") { id ... on Model { displayName } } }`, `{"data":{"project":{"id":"p"}}}`},
		"a type in an unknown one": {`{ tower { ... on Project { id } ... on Model { displayName } } }`, `{"data":{"tower":{"id":"p"}}}`},
		"fields that aren't known": {`{ project(id: "p") { id towers { items { id } } } }`, `{"data":{"project":{"id":"p","towers":null}}}`},
		"and absent":               {`{ project(id: "p") { id towers { items { id } } } }`, `{"data":{"project":{"id":"p"}}}`},
		"fields that may be null":  {`{ project(id: "p") { description role invitedTeam { id } workspace { id } } }`, `{"data":{"project":{"description":null,"role":null,"invitedTeam":null,"workspace":null}}}`},
		"nothing in lists":         {`{ project(id: "p") { models { items { id } } sourceApps team { id } } }`, `{"data":{"project":{"models":{"items":[]},"sourceApps":[],"team":[]}}}`},
		"scalars in lists":         {`{ project(id: "p") { models { items { id name } } } }`, `{"data":{"project":{"models":{"items":[{"id":null},{}]}}}}`},
		"the name of a type":       {`{ __typename project(id: "p") { __typename id } }`, `{"data":{"__typename":"Query","project":{"__typename":"Project","id":"p"}}}`},
		"objects in lists":         {`{ project(id: "p") { models { items { author { name } } } } }`, `{"data":{"project":{"models":{"items":[{"author":null},{}]}}}}`},
		"nulls where they may be":  {`{ project(id: "p") { version(id: "v") { parents } } }`, `{"data":{"project":{"version":{"parents":[null,"a"]}}}}`},
		"counts":                   {`{ project(id: "p") { models { totalCount items { id } } } }`, `{"data":{"project":{"models":{"totalCount":null,"items":[{"id":"a"}]}}}}`},
		"more than what is asked":  {`{ project(id: "p") { id } }`, `{"data":{"project":{"id":"p","name":null},"more":null}}`},
		"free JSON":                {`{ project(id: "p") { object(id: "o") { data } } }`, `{"data":{"project":{"object":{"data":{"a":null,"items":null}}}}}`},
		"in a page's record, scalars": {`query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { cursor items { id name } } } }`,
			`{"data":{"project":{"models":{"cursor":null,"items":[{"id":"a","name":null}]}}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: script(t, c.answer)})
			if got.err != nil || len(got.records) != 1 || len(got.stats.Warnings) > 0 {
				t.Errorf("%d records, warnings %q, %v", len(got.records), got.stats.Warnings, got.err)
			}
		})
	}
}

// TestNullItemsAreMissing: where the schema doesn't know a list, its nulls aren't
// among what came of it.
func TestNullItemsAreMissing(t *testing.T) {
	for query, answer := range map[string]string{
		`{ towers(limit: 9) { totalCount items { id } } }`:                                                              `{"data":{"towers":{"totalCount":2,"items":[null,{"id":"a"}]}}}`,
		`query ($cursor: String) { towers: projects(cursor: $cursor) { cursor items { id totalCount items { id } } } }`: `{"data":{"towers":{"cursor":null,"items":[{"id":"t","totalCount":2,"items":[null,{"id":"a"}]}]}}}`,
	} {
		got := read(t, t.Context(), job{query: query, base: script(t, answer), request: speckle.Request{Complete: true}})
		if got.err != nil || got.stats.Short == nil || got.stats.Short.Got != 1 || got.stats.Short.Want != 2 {
			t.Errorf("%s: %v %v", query, got.stats.Short, got.err)
		}
	}
}

// TestHolesAreKept: what stands beside a hole is kept where partial answers are,
// and errors beside data say all there is to say of its nulls.
func TestHolesAreKept(t *testing.T) {
	const both = `{ project(id: "p") { id object(id: "o") { id } } serverInfo { name } }`
	const why = `,"errors":[{"message":"boom","path":["project"]}]}`
	for name, c := range map[string]struct{ query, answer, fails, warning string }{
		"beside":           {both, `{"data":{"project":null,"serverInfo":{"name":"S"}}}`, "", "project is null" + alwaysThere},
		"nothing beside":   {both, `{"data":{"project":null,"serverInfo":null}}`, "project is null" + alwaysThere, ""},
		"a root alone":     {`{ project(id: "p") { id name } }`, `{"data":{"project":{"id":"p"}}}`, "project.name is absent" + alwaysThere, ""},
		"an error says it": {both, `{"data":{"project":null,"serverInfo":{"name":"S"}}` + why, "", "project: boom"},
		"of what is named": {both, `{"data":{"project":{"id":"p","object":null},"serverInfo":{"name":"S"}}` + why, "", "project: boom"},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: script(t, c.answer), request: speckle.Request{KeepPartial: true}})
			fails := ""
			if got.err != nil {
				fails = got.err.Error()
			}
			if fails != c.fails || strings.Join(got.stats.Warnings, "|") != c.warning {
				t.Errorf("%q, warnings %q", fails, got.stats.Warnings)
			}
		})
	}
}

// TestWhatIsNamedAndGone: a null for one thing that the query names, where the
// schema allows it, is how Speckle says that there is none: a warning.
func TestWhatIsNamedAndGone(t *testing.T) {
	for name, c := range map[string]struct{ query, answer, want string }{
		"an object": {`{ project(id: "p") { object(id: "deadbeef") { id data } } }`, `{"data":{"project":{"object":null}}}`, "project.object"},
		"beside pages": {`query ($cursor: String) { project(id: "p") { o: object(id: "x") { id } models(cursor: $cursor) { cursor items { id } } } }`,
			`{"data":{"project":{"o":null,"models":{"cursor":null,"items":[{"id":"a"}]}}}}`, "project.o (field object)"},
		"a root":               {`{ otherUser(id: "u") { name } }`, `{"data":{"otherUser":null}}`, "otherUser"},
		"an argument's object": {`query ($o: String!) { project(id: "p") { object(id: $o) { id } } }`, `{"data":{"project":{"object":null}}}`, "project.object"},
		"it is there":          {`{ project(id: "p") { object(id: "o") { id } } }`, `{"data":{"project":{"object":{"id":"o"}}}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, t.Context(), job{query: c.query, base: script(t, c.answer), variables: map[string]string{"o": `"x"`}})
			want := ""
			if c.want != "" {
				want = c.want + goneText
			}
			if got.err != nil || strings.Join(got.stats.Warnings, "|") != want {
				t.Errorf("warnings %q, want %q; %v", got.stats.Warnings, want, got.err)
			}
		})
	}
}
