package fake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle/fake"
)

var versionsBody = body(`query Versions($cursor: String) { project(id: "`+fake.TowerID+
	`") { versions(limit: 10, cursor: $cursor) { totalCount cursor items { id model { versions(limit: 2) { totalCount items { id } } } } } } }`, nil)

func body(query string, variables vars) []byte {
	raw, _ := json.Marshal(map[string]any{"query": query, "variables": variables})
	return raw
}

// TestFaults shows what each fault does to an answer.
func TestFaults(t *testing.T) {
	is := func(status int, parts ...string) func(*testing.T, got) {
		return func(t *testing.T, g got) {
			t.Helper()
			if g.err != nil || g.status != status {
				t.Errorf("status %d, error %v; want %d", g.status, g.err, status)
			}
			for _, part := range parts {
				if !bytes.Contains(g.body, []byte(part)) {
					t.Errorf("%q is not in %.300s", part, g.body)
				}
			}
		}
	}
	broken := func(t *testing.T, g got) {
		t.Helper()
		if g.err == nil {
			t.Errorf("arrived whole: %d %.200s", g.status, g.body)
		}
	}
	header := func(name, value string, next func(*testing.T, got)) func(*testing.T, got) {
		return func(t *testing.T, g got) {
			t.Helper()
			if g.header.Get(name) != value {
				t.Errorf("header %s: %q, want %q", name, g.header.Get(name), value)
			}
			next(t, g)
		}
	}
	null := `"versions":null`
	for _, c := range []struct {
		fake.Fault
		want func(*testing.T, got)
	}{
		{fake.Fault{Kind: fake.HTMLStatus}, header("Content-Type", "text/html", is(502, "Bad Gateway"))},
		{fake.Fault{Kind: fake.HTMLStatus, Status: 503}, is(503, "<h1>503")},
		{fake.Fault{Kind: fake.HTMLPage}, is(200, "Sign in")},
		{fake.Fault{Kind: fake.AuthContext}, is(500, `{"error":"Unknown Auth context error"}`)},
		{fake.Fault{Kind: fake.TokenRefused}, is(403, `{"error":"Your token is not valid."}`)},
		{fake.Fault{Kind: fake.RateLimited, Wait: 646 * time.Millisecond},
			header("Retry-After", "0.646", is(429, `{"error":{"message":"`, `"code":"RATE_LIMIT_ERROR"`))},
		{fake.Fault{Kind: fake.RateLimitedInside}, header("Retry-After", "", is(429, `{"errors":[{`, `"statusCode":429`, `"data":null`))},
		{fake.Fault{Kind: fake.Redirect, To: "http://127.0.0.1:1/graphql"}, header("Location", "http://127.0.0.1:1/graphql", is(307))},
		{fake.Fault{Kind: fake.Redirect, Status: 302, To: "/login"}, is(302)},
		{fake.Fault{Kind: fake.Reset}, broken},
		{fake.Fault{Kind: fake.InternalError}, is(200, `"extensions":{"code":"INTERNAL_SERVER_ERROR"}`, `"data":null`)},
		{fake.Fault{Kind: fake.ErrorCode}, is(200, `"code":"DATABASE_ERROR"`, `"statusCode":502`)},
		{fake.Fault{Kind: fake.ErrorCode, Code: "SSO_SESSION_MISSING_OR_EXPIRED_ERROR", Status: 401},
			is(200, `"workspaceSlug":"harbour-lime"`, `"statusCode":401`)},
		{fake.Fault{Kind: fake.DataNull}, is(200, `{"data":null}`)},
		{fake.Fault{Kind: fake.ErrorsBeside}, is(200, `{"data":{"project":{"versions":{"totalCount":`, `]}}},"errors":[{"message":`)},
		{fake.Fault{Kind: fake.NullCollection}, is(200, null)},
		{fake.Fault{Kind: fake.NullItems}, is(200, `"items":null`)},
		{fake.Fault{Kind: fake.EmptyPage}, is(200, `Z","items":[]`)},
		{fake.Fault{Kind: fake.EarlyEnd}, is(200, `"cursor":null,"items":[{`)},
		{fake.Fault{Kind: fake.WrongTotal, Rows: 7}, is(200, `"versions":{"totalCount":7,`)},
		{fake.Fault{Kind: fake.NullTotal}, is(200, `"versions":{"totalCount":null,`)},
		{fake.Fault{Kind: fake.CutNested}, is(200, `"items":[]}}},{`)},
		{fake.Fault{Kind: fake.CutBody}, broken},
		{fake.Fault{Kind: fake.ShortBody}, is(200, `{"data":{"project"`)},
		{fake.Fault{Kind: fake.TrailingGarbage}, is(200, "}\nupstream")},
		{fake.Fault{Kind: fake.BrokenText}, is(200)},
		{fake.Fault{Kind: fake.Text, Code: "text/xml", To: "<a/>"}, header("Content-Type", "text/xml", is(200, "<a/>"))},
		{fake.Fault{Kind: fake.EmptyBody}, header("Content-Length", "0", is(200))},
		{fake.Fault{Kind: fake.Slow, Wait: time.Millisecond}, is(200, `"items":[{`)},
		{fake.Fault{Kind: fake.RepeatCursor}, is(200)},
		{fake.Fault{Kind: fake.Overlap}, is(200)},
		{fake.Fault{Kind: fake.Ties}, is(200)},
		{fake.Fault{Kind: fake.Shift}, is(200)},
		{fake.Fault{Kind: fake.Late}, is(200)},
		{fake.Fault{Kind: fake.SignOnOver}, is(200)},
		{fake.Fault{Kind: fake.ClockOff, Wait: -time.Hour}, func(t *testing.T, g got) {
			if at, err := http.ParseTime(g.header.Get("Date")); err != nil || time.Since(at) < 59*time.Minute {
				t.Errorf("Date: %s", g.header.Get("Date"))
			}
		}},
	} {
		t.Run(string(c.Kind), func(t *testing.T) {
			s := start(t, fake.Options{Tokens: []fake.Token{all()}})
			s.SetFaults(c.Fault)
			c.want(t, try(s, "/graphql", all().Token, versionsBody))
			s.SetFaults()
			if g := try(s, "/graphql", all().Token, versionsBody); g.err != nil || g.status != 200 || g.at(t, "data.project.versions.items") == nil {
				t.Errorf("not mended: %d %v", g.status, g.err)
			}
		})
	}
}

// TestFaultsThatWait last until the reader gives up, or the server ends.
func TestFaultsThatWait(t *testing.T) {
	for _, kind := range []fake.Kind{fake.Hang, fake.Stall, fake.Endless} {
		for _, whoEnds := range []string{"reader", "server"} {
			t.Run(string(kind)+", ended by the "+whoEnds, func(t *testing.T) {
				s := start(t, fake.Options{Tokens: []fake.Token{all()}, Faults: []fake.Fault{{Kind: kind}}})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/graphql", bytes.NewReader(versionsBody))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+all().Token)
				if kind == fake.Hang {
					end(whoEnds, cancel, s)
				}
				answer, err := http.DefaultClient.Do(r)
				if kind == fake.Hang {
					if err == nil {
						t.Fatalf("it answered %d", answer.StatusCode)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				first := make([]byte, 10)
				if _, err := answer.Body.Read(first); err != nil {
					t.Fatal(err)
				}
				end(whoEnds, cancel, s)
				var rest bytes.Buffer
				if _, err := rest.ReadFrom(answer.Body); err == nil {
					t.Error("it ended as if it were whole")
				}
			})
		}
	}
}

// end lets one side end a request that waits, from beside it.
func end(who string, cancel func(), s *fake.Server) {
	go func() {
		for s.Count() == 0 { // not before it has arrived
			runtime.Gosched()
		}
		if who == "server" {
			s.Close()
			return
		}
		cancel()
	}()
}

// TestALateRow isn't there, isn't counted, and then is, with a time of before.
func TestALateRow(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Now: now})
	list := func(f ...fake.Fault) (total float64, first map[string]any) {
		t.Helper()
		s.SetFaults(f...)
		g := try(s, "/graphql", all().Token, body(`query V { project(id: "`+fake.TowerID+
			`") { versions(limit: 10) { totalCount items { id createdAt } } } }`, nil))
		items := g.at(t, "data.project.versions.items").([]any)
		return g.at(t, "data.project.versions.totalCount").(float64), items[0].(map[string]any)
	}
	total, newest := list()
	fewer, next := list(fake.Fault{Kind: fake.Late})
	again, late := list(fake.Fault{Kind: fake.Late, After: 100, Wait: time.Minute})
	want := now.Add(-time.Minute).Format("2006-01-02T15:04:05.000Z")
	if fewer != total-1 || again != total || next["id"] == newest["id"] || late["id"] != newest["id"] || late["createdAt"] != want {
		t.Errorf("%v %v %v\n%v\n%v\n%v", total, fewer, again, newest, next, late)
	}
}

func TestEveryKindIsListed(t *testing.T) {
	for i, kind := range fake.Kinds {
		if slices.Contains(fake.Kinds[:i], kind) || kind == "" {
			t.Errorf("%q twice", kind)
		}
	}
	if len(fake.Kinds) != 37 {
		t.Errorf("%d kinds; a new one goes into Kinds and into TestFaults", len(fake.Kinds))
	}
}

func TestFaultsComeWhenAskedFor(t *testing.T) {
	other := fake.NewToken("other", "streams:read")
	s := start(t, fake.Options{Tokens: []fake.Token{all(), other}})
	statuses := func(token string, n int) (out []int) {
		for range n {
			out = append(out, try(s, "/graphql", token, versionsBody).status)
		}
		return out
	}
	for name, c := range map[string]struct {
		fake.Fault
		want []int
	}{
		"the next two":             {fake.Fault{Kind: fake.HTMLStatus, Times: 2}, []int{502, 502, 200, 200}},
		"the second one":           {fake.Fault{Kind: fake.HTMLStatus, After: 1, Times: 1}, []int{200, 502, 200, 200}},
		"all":                      {fake.Fault{Kind: fake.HTMLStatus}, []int{502, 502, 502, 502}},
		"of another operation":     {fake.Fault{Kind: fake.HTMLStatus, Operation: "Models"}, []int{200, 200, 200, 200}},
		"of this operation":        {fake.Fault{Kind: fake.HTMLStatus, Operation: "Versions"}, []int{502, 502, 502, 502}},
		"of another token":         {fake.Fault{Kind: fake.HTMLStatus, Token: other.ID()}, []int{200, 200, 200, 200}},
		"of page 2, and this is 1": {fake.Fault{Kind: fake.HTMLStatus, Page: 2}, []int{200, 200, 200, 200}},
	} {
		s.SetFaults(c.Fault)
		if got := statuses(all().Token, 4); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestAFaultOnOnePage counts pages by reading; a page that is asked for again
// is the same page.
func TestAFaultOnOnePage(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}})
	s.SetFaults(fake.Fault{Kind: fake.HTMLStatus, Page: 2, Times: 2})
	next := any(nil)
	var statuses []int
	for range 5 {
		g := raw(t, s, towerModels, 50, next)
		statuses = append(statuses, g.status)
		if g.status == 200 {
			next = g.at(t, "data.project.models.cursor")
		}
	}
	if !slices.Equal(statuses, []int{200, 502, 502, 200, 200}) {
		t.Errorf("%v", statuses)
	}
	var pages []int
	for _, seen := range s.Requests() {
		pages = append(pages, seen.Page)
	}
	if !slices.Equal(pages, []int{1, 2, 2, 2, 3}) {
		t.Errorf("pages %v", pages)
	}
}

// TestLyingLists shows the faults that a reader can only find by counting.
func TestLyingLists(t *testing.T) {
	for name, c := range map[string]struct {
		fake.Fault
		limit          int
		rows, distinct int
	}{
		"ties within a page lose nothing":  {fake.Fault{Kind: fake.Ties, Rows: 7, From: 10}, 50, 140, 140},
		"ties over a page's edge do":       {fake.Fault{Kind: fake.Ties, Rows: 7, From: 46}, 50, 137, 137},
		"and more with small pages":        {fake.Fault{Kind: fake.Ties, Rows: 7}, 3, 136, 136},
		"a row that moves to the front":    {fake.Fault{Kind: fake.Shift, Times: 1}, 50, 139, 139},
		"one that moves before each page":  {fake.Fault{Kind: fake.Shift}, 50, 138, 138},
		"pages that overlap":               {fake.Fault{Kind: fake.Overlap, Rows: 2}, 50, 140 + 2*3, 140},
		"a list that ends early":           {fake.Fault{Kind: fake.EarlyEnd, Page: 2}, 50, 100, 100},
		"a page that is empty in between":  {fake.Fault{Kind: fake.EmptyPage, Page: 2}, 50, 50, 50},
		"a total of nothing":               {fake.Fault{Kind: fake.WrongTotal}, 50, 140, 140},
		"nested lists that are cut to one": {fake.Fault{Kind: fake.CutNested, Rows: 1}, 50, 140, 140},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t, fake.Options{Tokens: []fake.Token{all()}})
			s.SetFaults(c.Fault)
			w := walk(t, s, all().Token, towerModels, c.limit)
			if len(w.ids) != c.rows || distinct(w.ids) != c.distinct {
				t.Errorf("%d rows, %d distinct; want %d, %d (pages %v)", len(w.ids), distinct(w.ids), c.rows, c.distinct, w.sizes)
			}
			if want := map[bool]float64{true: 0, false: fake.TowerModels}[c.Kind == fake.WrongTotal]; w.total != want {
				t.Errorf("total %v, want %v", w.total, want)
			}
		})
	}
}

// TestATouchedRowIsFoundByReadingAgain: nothing else moves the second time.
func TestATouchedRowIsFoundByReadingAgain(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Faults: []fake.Fault{{Kind: fake.Shift, Times: 1}}})
	first := walk(t, s, all().Token, towerModels, 50)
	again := walk(t, s, all().Token, towerModels, 50)
	if distinct(first.ids) != fake.TowerModels-1 || distinct(again.ids) != fake.TowerModels {
		t.Errorf("%d, then %d", distinct(first.ids), distinct(again.ids))
	}
	if slices.Contains(first.ids, again.ids[0]) {
		t.Error("what was touched doesn't stand at the front")
	}
}

func TestARepeatedCursor(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Faults: []fake.Fault{{Kind: fake.RepeatCursor}}})
	first := page(t, s, towerModels, 50, nil)["cursor"]
	if second := page(t, s, towerModels, 50, first)["cursor"]; second != first || first == nil {
		t.Errorf("%v, then %v", first, second)
	}
}

// TestNestedListsKeepTheirTotal while their rows are cut.
func TestNestedListsKeepTheirTotal(t *testing.T) {
	s := start(t, fake.Options{Tokens: []fake.Token{all()}, Faults: []fake.Fault{{Kind: fake.CutNested, Rows: 1}}})
	g := raw(t, s, towerModels, 5, nil)
	short := 0
	items, _ := g.at(t, "data.project.models.items").([]any)
	for _, item := range items {
		versions, _ := item.(map[string]any)["versions"].(map[string]any)
		list, _ := versions["items"].([]any)
		if total, _ := versions["totalCount"].(float64); len(list) == 1 && total > 1 {
			short++
		}
	}
	if len(items) != 5 || short == 0 {
		t.Errorf("%d models, %d of them with a cut list", len(items), short)
	}
}

// TestSlowIsAsSlowAsAsked, by the clock of the bubble.
func TestSlowIsAsSlowAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := fake.New(fake.Options{Tokens: []fake.Token{all()}, Faults: []fake.Fault{{Kind: fake.Slow, Wait: 150 * time.Millisecond}}})
		before := time.Now()
		w := serve(s, "/graphql", all().Token, versionsBody)
		if took := time.Since(before); took != 150*time.Millisecond || w.Code != 200 {
			t.Errorf("%v, status %d", took, w.Code)
		}
	})
}

func TestListensOnLoopbackOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "nonsense"} {
		if s, err := fake.Start(fake.Options{Addr: addr}); err == nil {
			s.Close()
			t.Errorf("%s: listens", addr)
		} else if !strings.Contains(err.Error(), addr) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
