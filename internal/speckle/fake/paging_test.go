package fake_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"speckle-runner/internal/speckle/fake"
)

func inProject(project, inner string) string {
	return `query($limit: Int!, $cursor: String) { project(id: "` + project + `") { ` + inner + ` } }`
}

const rows = `{ totalCount cursor items { id } }`

var (
	myProjects = list{
		query: `query($limit: Int!, $cursor: String) { activeUser { projects(limit: $limit, cursor: $cursor) ` + rows + ` } }`,
		path:  "data.activeUser.projects", items: "items",
	}
	projectVersions = list{query: inProject(fake.TowerID, `versions(limit: $limit, cursor: $cursor) `+rows), path: "data.project.versions",
		items: "items"}
	federated = list{
		query: inProject(fake.TowerID, `model(id: "`+fake.FederatedID+`") { versions(limit: $limit, cursor: $cursor) `+rows+` }`),
		path:  "data.project.model.versions", items: "items",
	}
	threads = list{query: inProject(fake.TowerID, `commentThreads(limit: $limit, cursor: $cursor, filter: {includeArchived: true}) `+rows),
		path: "data.project.commentThreads", items: "items"}
	uploads = list{
		query: inProject(fake.TowerID, `model(id: "`+fake.ImportsID+`") { uploads(input: {limit: $limit, cursor: $cursor}) `+rows+` }`),
		path:  "data.project.model.uploads", items: "items",
	}
	blobs    = list{query: inProject(fake.TowerID, `blobs(limit: $limit, cursor: $cursor) `+rows), path: "data.project.blobs", items: "items"}
	elements = list{
		query: inProject(fake.TowerID, `object(id: "`+fake.ElementsID+
			`") { children(limit: $limit, cursor: $cursor) { totalCount cursor objects { id } } }`),
		path: "data.project.object.children", items: "objects",
	}
	uploaded = list{
		query: inProject(fake.TowerID, `object(id: "`+fake.UploadedID+
			`") { children(limit: $limit, cursor: $cursor) { totalCount cursor objects { id } } }`),
		path: "data.project.object.children", items: "objects",
	}
	bigModels = list{query: inProject(fake.BulkID, `models(limit: $limit, cursor: $cursor) `+rows), path: "data.project.models",
		items: "items"}
	users = list{
		query: `query($limit: Int!, $cursor: String) { users(input: {query: "a", limit: $limit, cursor: $cursor}) { cursor items { id } } }`,
		path:  "data.users", items: "items",
	}
	allProjects = list{
		query: `query($limit: Int!, $cursor: String) { admin { projectList(limit: $limit, cursor: $cursor) ` + rows + ` } }`,
		path:  "data.admin.projectList", items: "items",
	}
)

// TestListsEndOnAnEmptyPage walks lists as the real server's were walked: the
// last page with rows has a cursor, and large limits are cut without a word.
func TestListsEndOnAnEmptyPage(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Bulk: fake.Bulk{Models: 600, Projects: 120}})
	for name, c := range map[string]struct {
		list
		limit int
		sizes []int // of the pages that have rows
		total float64
	}{
		"projects, at most 50":             {myProjects, 100, []int{50, 50, 25}, 125},
		"projects, a smaller page":         {myProjects, 40, []int{40, 40, 40, 5}, 125},
		"models":                           {towerModels, 50, []int{50, 50, 40}, 140},
		"models, exactly full pages":       {towerModels, 70, []int{70, 70}, 140},
		"models, at most 500":              {bigModels, 1000, []int{500, 101}, 601},
		"versions of a model":              {federated, 100, []int{100, 100, 50}, 250},
		"comments, any limit":              {threads, 5, []int{5, 5, 2}, 12},
		"uploads":                          {uploads, 2, []int{2, 2, 1}, 5},
		"blobs, at most 25":                {blobs, 100, []int{5}, 5},
		"children, any limit":              {elements, 1000, []int{1000, 500}, fake.Elements},
		"children over REST have no total": {uploaded, 100, []int{100, 100, 50}, 0},
		"users have no total":              {users, 4, []int{4, 4, 1}, 0},
		"all projects":                     {allProjects, 100, []int{100, 26}, 126},
	} {
		t.Run(name, func(t *testing.T) {
			w := walk(t, s, all().Token, c.list, c.limit)
			if want := append(slices.Clone(c.sizes), 0); !slices.Equal(w.sizes, want) {
				t.Errorf("pages of %v, want %v", w.sizes, want)
			}
			if w.total != c.total || w.last != nil || distinct(w.ids) != len(w.ids) {
				t.Errorf("total %v, want %v; last cursor %v; %d of %d ids distinct", w.total, c.total, w.last, distinct(w.ids), len(w.ids))
			}
		})
	}
}

func TestCursorForms(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	for name, c := range map[string]struct {
		list
		form   string
		base64 bool
	}{
		"models":   {towerModels, "time", false},
		"versions": {projectVersions, "time", false},
		"comments": {threads, "time", true},
		"children": {elements, "object id", false},
		"projects": {myProjects, `{"updatedAt":"`, true},
		"uploads":  {uploads, `{"convertedLastUpdate":"`, true},
	} {
		cursor := fmt.Sprint(page(t, s, c.list, 2, nil)["cursor"])
		if c.base64 {
			raw, err := base64.StdEncoding.DecodeString(cursor)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			cursor = string(raw)
		}
		if form(cursor) != c.form && !strings.HasPrefix(cursor, c.form) {
			t.Errorf("%s: cursor %s, want %s", name, cursor, c.form)
		}
	}
}

func page(t *testing.T, s *fake.Server, l list, limit int, cursor any) map[string]any {
	t.Helper()
	out, _ := raw(t, s, l, limit, cursor).at(t, l.path).(map[string]any)
	return out
}

func raw(t *testing.T, s *fake.Server, l list, limit int, cursor any) got {
	t.Helper()
	v := vars{"limit": limit, "cursor": cursor}
	maps.Copy(v, l.vars)
	return ask(t, s, all().Token, l.query, v)
}

func TestOddLimits(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	for name, c := range map[string]struct {
		list
		limit, rows int
		cursor      bool
	}{
		"models 0":    {towerModels, 0, 0, false},
		"models -1":   {towerModels, -1, 1, true},
		"projects 0":  {myProjects, 0, 0, false},
		"projects -1": {myProjects, -1, 1, true},
		"versions 0":  {projectVersions, 0, 0, false},
		"versions -1": {projectVersions, -1, 0, false},
		"children 0":  {elements, 0, 50, true},
		"comments 0":  {threads, 0, 0, false},
	} {
		p := page(t, s, c.list, c.limit, nil)
		list, _ := p[c.items].([]any)
		if len(list) != c.rows || (p["cursor"] != nil) != c.cursor || p["totalCount"] == 0.0 {
			t.Errorf("%s: %d rows, cursor %v, total %v", name, len(list), p["cursor"], p["totalCount"])
		}
	}
	for name, c := range map[string]struct {
		list
		limit int
		code  string
	}{
		"versions 101":         {federated, 101, "BAD_REQUEST_ERROR"},
		"project versions 101": {projectVersions, 101, "BAD_REQUEST_ERROR"},
		"users 101":            {users, 101, "BAD_REQUEST_ERROR"},
		"children -1":          {elements, -1, "INTERNAL_SERVER_ERROR"},
	} {
		g := raw(t, s, c.list, c.limit, nil)
		if code, _ := g.failure(t); g.status != 200 || code != c.code {
			t.Errorf("%s: %d %s", name, g.status, g.body)
		}
	}
}

func TestOddCursors(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	for name, l := range map[string]list{"projects": myProjects, "models": towerModels, "versions": projectVersions, "comments": threads,
		"children": elements} {
		first := page(t, s, l, 2, nil)
		if again := page(t, s, l, 2, ""); fmt.Sprint(again) != fmt.Sprint(first) {
			t.Errorf("%s: an empty cursor isn't page 1", name)
		}
		g := raw(t, s, l, 2, "zzz")
		code, _ := g.failure(t)
		switch name {
		case "projects":
			if fmt.Sprint(g.at(t, l.path)) != fmt.Sprint(first) {
				t.Errorf("projects: a bad cursor is page 1 again")
			}
		case "children":
			if list, _ := g.at(t, l.path+".objects").([]any); code != "" || len(list) != 0 {
				t.Errorf("children: a bad cursor is an id: %s", g.body)
			}
		default:
			if g.status != 200 || code != "INTERNAL_SERVER_ERROR" {
				t.Errorf("%s: %d %s", name, g.status, g.body)
			}
		}
	}
}

// TestCommentsWithoutLimitAreAll: no other list is like that.
func TestCommentsWithoutLimitAreAll(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	g := ask(t, s, all().Token, `{ project(id: "`+fake.TowerID+
		`") { commentThreads { totalCount totalArchivedCount items { id archived replies { totalCount items { id } } } } } }`, nil)
	list, _ := g.at(t, "data.project.commentThreads").(map[string]any)
	if items, _ := list["items"].([]any); len(items) != 10 || list["totalCount"] != 10.0 || list["totalArchivedCount"] != 2.0 {
		t.Errorf("%.400s", g.body)
	}
	if !strings.Contains(string(g.body), `"replies":{"totalCount":27,"items":[`) {
		t.Error("no thread with more replies than a page")
	}
}

// TestFilteredChildren overlap by one and end on a short page without a cursor.
func TestFilteredChildren(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	doors := elements
	doors.query = inProject(fake.TowerID, `object(id: "`+fake.ElementsID+
		`") { children(limit: $limit, cursor: $cursor, query: [{field: "category", operator: "=", value: "Doors"}]) { totalCount cursor objects { id } } }`)
	w := walk(t, s, all().Token, doors, 50)
	if distinct(w.ids) != int(w.total) || len(w.ids) <= int(w.total) || w.sizes[len(w.sizes)-1] == 0 {
		t.Errorf("%d rows, %d distinct, total %v, pages %v", len(w.ids), distinct(w.ids), w.total, w.sizes)
	}
	sorted := doors
	sorted.query = strings.Replace(doors.query, `query: [`, `orderBy: {field: "properties.area", direction: "desc"}, query: [`, 1)
	if w := walk(t, s, all().Token, sorted, 50); distinct(w.ids) != len(w.ids) || len(w.ids) != int(w.total) {
		t.Errorf("ordered: %d rows, %d distinct, total %v", len(w.ids), distinct(w.ids), w.total)
	}
}

// TestSelectCutsData down to the paths named, null where there is nothing.
func TestSelectCutsData(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	g := ask(t, s, all().Token, `query($s: [String]) { project(id: "`+fake.TowerID+`") { object(id: "`+fake.ElementsID+
		`") { children(limit: 1, select: $s) { objects { data } } } } }`,
		vars{"s": []string{"category", "properties.width", "nothing.here"}})
	data, _ := g.at(t, "data.project.object.children.objects.data").(map[string]any)
	inner, _ := data["properties"].(map[string]any)
	if len(data) != 3 || data["category"] == nil || len(inner) != 1 || fmt.Sprint(data["nothing"]) != "map[here:<nil>]" {
		t.Errorf("%s", g.body)
	}
}
