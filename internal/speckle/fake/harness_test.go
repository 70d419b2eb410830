package fake_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"speckle-runner/internal/speckle/fake"
)

// noon is when the worlds of these tests stand.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// all is a token that may do everything that Speckle offers.
func all() fake.Token { return fake.NewToken("all", fake.AllScopes...) }

func start(t *testing.T, o fake.Options) *fake.Server {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = noon
	}
	s, err := fake.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// got is an answer as a client sees it.
type got struct {
	status int
	header http.Header
	body   []byte
	err    error // of reading the body
}

func (g got) json(t *testing.T) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(g.body, &out); err != nil {
		t.Fatalf("%v in %.300q", err, g.body)
	}
	return out
}

// at gives what lies at a dotted path of the answer's JSON.
func (g got) at(t *testing.T, path string) any {
	t.Helper()
	var value any = g.json(t)
	for key := range strings.SplitSeq(path, ".") {
		if list, ok := value.([]any); ok && len(list) > 0 {
			value = list[0] // the first stands for all
		}
		object, ok := value.(map[string]any)
		if !ok {
			t.Fatalf("nothing at %s in %.600s", path, g.body)
		}
		value = object[key]
	}
	return value
}

// failure gives code and scope of the first error.
func (g got) failure(t *testing.T) (code, scope string) {
	t.Helper()
	list, _ := g.json(t)["errors"].([]any)
	if len(list) == 0 {
		return "", ""
	}
	first, _ := list[0].(map[string]any)
	extensions, _ := first["extensions"].(map[string]any)
	code, _ = extensions["code"].(string)
	scope, _ = extensions["scope"].(string)
	return code, scope
}

type vars = map[string]any

func ask(t *testing.T, s *fake.Server, token, query string, variables vars) got {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return post(t, s, "/graphql", token, raw)
}

func post(t *testing.T, s *fake.Server, path, token string, body []byte) got {
	t.Helper()
	g := try(s, path, token, body)
	if g.err != nil {
		t.Fatal(g.err)
	}
	return g
}

// try posts and lets the way go wrong.
func try(s *fake.Server, path, token string, body []byte) got {
	r, err := http.NewRequest(http.MethodPost, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return got{err: err}
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		return got{err: err}
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	return got{answer.StatusCode, answer.Header, raw, err}
}

// list is where a walk finds a collection in the answer.
type list struct {
	query string
	path  string // dotted, from the answer's top
	items string // items or objects
	vars  vars
}

// walked is what a walk over all pages found.
type walked struct {
	ids     []string
	sizes   []int
	cursors []string
	total   float64
	last    any // the cursor of the last page
}

// walk reads a list to its end: the page that is empty or has no cursor.
func walk(t *testing.T, s *fake.Server, token string, l list, limit any) walked {
	t.Helper()
	var out walked
	cursor := any(nil)
	for range 1000 {
		v := vars{"limit": limit, "cursor": cursor}
		maps.Copy(v, l.vars)
		if limit == nil {
			delete(v, "limit")
		}
		g := ask(t, s, token, l.query, v)
		collection, ok := g.at(t, l.path).(map[string]any)
		if !ok {
			t.Fatalf("no list: %.600s", g.body)
		}
		rows, _ := collection[l.items].([]any)
		for _, r := range rows {
			id, _ := r.(map[string]any)["id"].(string)
			out.ids = append(out.ids, id)
		}
		out.sizes = append(out.sizes, len(rows))
		out.total, _ = collection["totalCount"].(float64)
		out.last = collection["cursor"]
		if len(rows) == 0 || out.last == nil {
			return out
		}
		cursor = out.last
		out.cursors = append(out.cursors, cursor.(string))
	}
	t.Fatal("the list never ends")
	return out
}

func distinct(ids []string) int {
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	return len(seen)
}

var towerModels = list{
	query: `query Models($p: String!, $limit: Int! = 25, $cursor: String) { project(id: $p) { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id updatedAt versions(limit: 3) { totalCount items { id } } } } } }`,
	path:  "data.project.models", items: "items", vars: vars{"p": fake.TowerID},
}
