package speckle_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/speckle"
)

// TestNestedCollectionsAreCounted holds collections inside a record, beside
// the records and in an unpaged answer against their own totalCount.
func TestNestedCollectionsAreCounted(t *testing.T) {
	versions := func(args string) string {
		return `query ($cursor: String, $n: Int = 2) { project(id: "p") { models(cursor: $cursor) { cursor items { id ... on Model { versions` +
			args + ` { totalCount items { id } } } } } other(n: $n) { id } } }`
	}
	inside := func(lists ...string) string {
		var items []string
		for i, list := range lists {
			items = append(items, `{"id":"`+string(rune('a'+i))+`","versions":`+list+`}`)
		}
		return `{"data":{"project":{"models":{"cursor":null,"items":[` + strings.Join(items, ",") + `]},"other":null}}}`
	}
	const path = "project.models.items.versions"
	three := `{"totalCount":3,"items":[{"id":"1"},{"id":"2"}]}`
	for name, c := range map[string]struct {
		query, answer string
		variables     map[string]string
		short         string
		warnings      []string
	}{
		"whole": {versions(""), inside(`{"totalCount":2,"items":[{"id":"1"},{"id":"2"}]}`, `{"items":[],"totalCount":0}`),
			nil, "", nil},
		"the server's limit": {versions(""), inside(three, three, `{"items":[],"totalCount":1}`), nil,
			path + ": 2 of 3 came back, and too few in 2 more records (give it a larger limit, or page it in a job of its own)", nil},
		"a limit": {versions("(limit: 2)"), inside(three, three), nil, "",
			[]string{"only the first 2 of " + path + " are exported in 2 records, as its limit says"}},
		"a limit of one": {versions("(limit: 1)"), inside(`{"totalCount":3,"items":[{"id":"1"}]}`), nil, "", nil},
		"less than a limit": {versions("(limit: 5)"), inside(three), nil,
			path + ": 2 of 3 came back (give it a larger limit, or page it in a job of its own)", nil},
		"limit by default": {versions("(limit: $n)"), inside(three), nil, "",
			[]string{"only the first 2 of " + path + " are exported, as its limit says"}},
		"limit by the job": {versions("(limit: $n)"), inside(three), map[string]string{"n": "3"},
			path + ": 2 of 3 came back (give it a larger limit, or page it in a job of its own)", nil},
		"limit null": {versions("(limit: $n)"), inside(three), map[string]string{"n": "null"},
			path + ": 2 of 3 came back (give it a larger limit, or page it in a job of its own)", nil},
		"limit in an input": {versions("(input: {limit: 2})"), inside(three), nil, "",
			[]string{"only the first 2 of " + path + " are exported, as its limit says"}},
		"0 says nothing": {versions(""), inside(`{"totalCount":0,"items":[{"id":"1"}]}`, `{"totalCount":null,"items":[]}`), nil, "", nil},
		"huge": {versions(""), inside(`{"totalCount":1e30,"items":[{"id":"1"}]}`), nil, path + ": 1 of 9007199254740992 came back " +
			"(give it a larger limit, or page it in a job of its own)", nil},
		"no count": {versions(""), inside(`{"totalCount":"?","items":[{"id":"1"}]}`, `{"totalCount":-1,"items":[]}`), nil, "",
			[]string{path + ": totalCount came as something else than a count in 2 records, so nobody can tell whether it is whole"}},
		"counts only": {`{ project(id: "p") { models(limit: 0) { totalCount } } }`, `{"data":{"project":{"models":{"totalCount":7}}}}`,
			nil, "", nil},
		"unpaged": {`{ project(id: "p") { models { totalCount items { id } } } }`,
			`{"data":{"project":{"models":{"totalCount":7,"items":[{"id":"a"}]}}}}`, nil,
			"project.models: 1 of 7 came back (give it a larger limit, or page it in a job of its own)", nil},
		"unpaged, a limit": {`{ project(id: "p") { models(limit: 3) { totalCount items { id } } } }`,
			`{"data":{"project":{"models":{"totalCount":7,"items":[1,2,3]}}}}`, nil, "",
			[]string{"only the first 3 of project.models are exported, as its limit says"}},
		"unpaged, a cursor": {`{ project(id: "p") { models(limit: 3) { totalCount cursor items { id } } } }`,
			`{"data":{"project":{"models":{"totalCount":7,"cursor":"x","items":[1,2,3]}}}}`, nil,
			"project.models: 3 of 7 came back (give it a larger limit, or page it in a job of its own)", nil},
		"null in place of a list": {`{ project(id: "p") { walls { totalCount items { id } } } }`,
			`{"data":{"project":{"walls":{"totalCount":3,"items":null}}}}`, nil,
			"project.walls: 0 of 3 came back (give it a larger limit, or page it in a job of its own)", nil},
		"null in place of nothing": {`{ project(id: "p") { walls { totalCount items { id } } } }`,
			`{"data":{"project":{"walls":{"totalCount":0,"items":null}}}}`, nil, "", nil},
		"two, by alias": {`{ a: project(id: "p") { m: models { n: totalCount r: items { v: versions { n: totalCount r: items { id } } } } } }`,
			`{"data":{"a":{"m":{"n":1,"r":[{"v":{"n":4,"r":[{"id":"1"}]}}]}}}}`, nil,
			"a (field project).m (field models).r (field items).v (field versions): 1 of 4 came back (give it a larger limit, or page it in a " +
				"job of its own)", nil},
		"objects": {`{ project(id: "p") { object(id: "o") { children { totalCount objects { id } } } } }`,
			`{"data":{"project":{"object":{"children":{"totalCount":2,"objects":[]}}}}}`, nil,
			"project.object.children: 0 of 2 came back (give it a larger limit, or page it in a job of its own)", nil},
		"beside the records": {`query ($cursor: String) { project(id: "p") { versions { totalCount items { id } } models(cursor: $cursor) { cursor items { id } } } }`,
			`{"data":{"project":{"versions":{"totalCount":5,"items":[{"id":"v"}]},"models":{"cursor":null,"items":[{"id":"a"}]}}}}`, nil,
			"project.versions: 1 of 5 came back (give it a larger limit, or page it in a job of its own)", nil},
		"below a list": {`{ projects { models { totalCount items { id } } } }`,
			`{"data":{"projects":[{"models":{"totalCount":1,"items":[1]}},[{"models":{"totalCount":2,"items":[1]}}]]}}`, nil,
			"projects.models: 1 of 2 came back (give it a larger limit, or page it in a job of its own)", nil},
	} {
		got := read(t, t.Context(), job{query: c.query, variables: c.variables, base: directly(saying(c.answer)),
			request: speckle.Request{Complete: true}})
		short := ""
		if got.stats.Short != nil {
			short = got.stats.Short.Error()
		}
		if got.err != nil || short != c.short || strings.Join(got.stats.Warnings, "|") != strings.Join(c.warnings, "|") {
			t.Errorf("%s: %v\n got %q %q\nwant %q %q", name, got.err, short, got.stats.Warnings, c.short, c.warnings)
		}
	}
}

// TestFullListsAreTold: a list without totalCount that is exactly as large as
// it may be is the only sign that there is more.
func TestFullListsAreTold(t *testing.T) {
	items := func(n int) string { return strings.TrimSuffix(strings.Repeat(`{"id":"a"},`, n), ",") }
	model := func(versions ...string) string {
		return `{"data":{"project":{"models":{"cursor":null,"totalCount":2,"items":[{"id":"a","versions":{` +
			strings.Join(versions, `}},{"id":"b","versions":{`) + `}}]}}}}`
	}
	inside := func(args, more string) string {
		return `query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { totalCount cursor items { id versions` + args +
			` { items { id } ` + more + `} } } } }`
	}
	const (
		page = "select totalCount beside items, so that a run can tell; to have all, page it: declare $cursor: String, write " +
			"models(cursor: $cursor), and select cursor beside items"
		ownJob   = "select totalCount beside items, so that a run can tell; to have all, page versions in a job of its own"
		versions = "project.models.items.versions"
	)
	for name, c := range map[string]struct{ query, answer, want string }{
		"the server's default": {`{ project(id: "p") { models { items { id } } } }`,
			`{"data":{"project":{"models":{"items":[` + items(25) + `]}}}}`,
			"project.models: exactly 25 came, as many as the server gives without a limit, so there may be more (" + page + ")"},
		"less than it": {`{ project(id: "p") { models { items { id } } } }`, `{"data":{"project":{"models":{"items":[` + items(24) + `]}}}}`,
			""},
		"the limit asked": {`{ project(id: "p") { models(limit: 3) { items { id } } } }`,
			`{"data":{"project":{"models":{"items":[` + items(3) + `]}}}}`,
			"project.models: exactly 3 came, as many as its limit asks for, so there may be more (" + page + ")"},
		"the newest alone": {`{ project(id: "p") { models(limit: 1) { items { id } } } }`,
			`{"data":{"project":{"models":{"items":[` + items(1) + `]}}}}`, ""},
		"cut by the server": {`{ project(id: "p") { models(limit: 1000) { items { id } } } }`,
			`{"data":{"project":{"models":{"items":[` + items(500) + `]}}}}`,
			"project.models: exactly 500 came, as many as the server gives at most, so there may be more (" + page + ")"},
		"its cursor says that it ends": {`{ project(id: "p") { models(limit: 3) { cursor items { id } } } }`,
			`{"data":{"project":{"models":{"cursor":null,"items":[` + items(3) + `]}}}}`, ""},
		"its cursor says no such thing": {`{ project(id: "p") { models(limit: 3) { cursor items { id } } } }`,
			`{"data":{"project":{"models":{"cursor":"x","items":[` + items(3) + `]}}}}`,
			"project.models: exactly 3 came, as many as its limit asks for, so there may be more (" + page + ")"},
		"without a totalCount to select": {`{ users(input: {query: "tower"}) { items { id } } }`,
			`{"data":{"users":{"items":[` + items(10) + `]}}}`,
			"users: exactly 10 came, as many as the server gives without a limit, so there may be more (to have all, page it: declare $cursor: " +
				"String, write cursor: $cursor in the input of users, and select cursor beside items)"},
		"inside of records": {inside("(limit: 2)", ""), model(`"items":[`+items(2)+`]`, `"items":[`+items(2)+`]`),
			versions + ": exactly 2 came in 2 records, as many as its limit asks for, so there may be more (" + ownJob + ")"},
		"inside of one": {inside("", ""), model(`"items":[`+items(25)+`]`, `"items":[`+items(3)+`]`),
			versions + ": exactly 25 came, as many as the server gives without a limit, so there may be more (" + ownJob + ")"},
		"the newest inside": {inside("(limit: 1)", ""), model(`"items":[`+items(1)+`]`, `"items":[`+items(1)+`]`), ""},
		"with a totalCount": {inside("(limit: 2)", "totalCount"), model(`"totalCount":2,"items":[`+items(2)+`]`,
			`"totalCount":1,"items":[`+items(1)+`]`), ""},
	} {
		for _, complete := range []bool{true, false} {
			got := read(t, t.Context(), job{query: c.query, base: directly(saying(c.answer)), request: speckle.Request{Complete: complete}})
			want := c.want
			if !complete {
				want = ""
			}
			if got.err != nil || got.stats.Short != nil || strings.Join(got.stats.Warnings, "|") != want {
				t.Errorf("%s: %v %v\n got %q\nwant %q", name, got.err, got.stats.Short, got.stats.Warnings, want)
			}
		}
	}
}

// TestDroppedPagesAreNotCounted breaks a page off behind a short collection.
func TestDroppedPagesAreNotCounted(t *testing.T) {
	const query = `query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { cursor items { id versions { totalCount items { id } } } } } }`
	synctest.Test(t, func(t *testing.T) {
		got := read(t, t.Context(), job{query: query, base: retryFirst(
			`{"data":{"project":{"models":{"items":[{"id":"a","versions":{"totalCount":2,"items":[]}},`,
			`{"data":{"project":{"models":{"cursor":null,"items":[{"id":"a","versions":{"totalCount":1,"items":[{"id":"v"}]}}]}}}}`)})
		if got.err != nil || got.stats.Short != nil || got.stats.Requests != 2 {
			t.Errorf("%v %v", got.err, got.stats)
		}
	})
}

// TestHiddenIsTold: what the server says it keeps back is a warning by name,
// and isn't missing.
func TestHiddenIsTold(t *testing.T) {
	const told = " are hidden from this token (single sign-on): its owner has to sign in to the workspace again"
	const paged = `query ($cursor: String, $limit: Int!) { activeUser { projects(limit: $limit, cursor: $cursor) { totalCount numberOfHidden cursor items { id } } } }`
	answer := func(total, hidden string) string {
		return `{"data":{"activeUser":{"projects":{"totalCount":` + total + hidden + `,"cursor":null,"items":[{"id":"a"},{"id":"b"}]}}}}`
	}
	for name, c := range map[string]struct {
		query, answer, short string
		warnings             []string
	}{
		"paged": {paged, answer("5", `,"numberOfHidden":3`), "", []string{"activeUser.projects: 3" + told}},
		"one": {paged, answer("3", `,"numberOfHidden":1`), "",
			[]string{"activeUser.projects: 1 is hidden from this token (single sign-on): its owner has to sign in to the workspace again"}},
		"none": {paged, answer("2", `,"numberOfHidden":0`), "", nil},
		"and short": {paged, answer("9", `,"numberOfHidden":3`),
			"activeUser.projects: collected 2 of 6 projects, after reading again 3 times (records that the token may not see are counted too; " +
				"complete: warn publishes what there is)", []string{"activeUser.projects: 3" + told}},
		"not asked": {strings.Replace(paged, "numberOfHidden", "", 1), answer("5", ""),
			"activeUser.projects: collected 2 of 5 projects, after reading again 3 times (select numberOfHidden beside totalCount: what is " +
				"behind single sign-on is counted and not given)", nil},
		"unpaged": {`{ activeUser { projects { totalCount numberOfHidden items { id } } } }`, answer("4", `,"numberOfHidden":2`), "",
			[]string{"activeUser.projects: 2" + told}},
		"alone": {`{ activeUser { mine: projects { left: numberOfHidden } } }`, `{"data":{"activeUser":{"mine":{"left":2}}}}`, "",
			[]string{"activeUser.mine (field projects): 2" + told}},
		"in records": {`query ($cursor: String) { project(id: "p") { models(cursor: $cursor) { cursor items { id author { projects { numberOfHidden } } } } } }`,
			`{"data":{"project":{"models":{"cursor":null,"items":[{"id":"a","author":{"projects":{"numberOfHidden":2}}},{"id":"b","author":{"projects":{"numberOfHidden":3}}}]}}}}`,
			"", []string{"project.models.items.author.projects: 5" + told}},
	} {
		got := read(t, t.Context(), job{query: c.query, base: directly(saying(c.answer)), request: speckle.Request{Complete: true}})
		short := ""
		if got.stats.Short != nil {
			short = got.stats.Short.Error()
		}
		if got.err != nil || short != c.short || strings.Join(got.stats.Warnings, "|") != strings.Join(c.warnings, "|") {
			t.Errorf("%s: %v\n got %q %q\nwant %q %q", name, got.err, short, got.stats.Warnings, c.short, c.warnings)
		}
	}
}
