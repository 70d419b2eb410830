package speckle_test

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/speckle"
)

// shelf answers pagedQuery as Speckle does for models: newest first, and the
// next page begins below the time of the last row.
type shelf struct {
	t     *testing.T
	times []string // of the rows, newest first; a row's id is its number, the oldest is 0
	max   int      // rows in a page
	fixed int      // limit when none is sent
	total int      // what totalCount says; 0: the truth
	over  bool     // a limit above max is an error
	wraps bool     // cursors are base64
	sifts bool     // records can be left out by their ids
	old   bool     // a filter is refused

	limits []int          // that were sent with a first page
	before func(page int) // called before each page, counted over all readings
	pages  int
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Variables struct {
			Cursor      *string
			Limit       *int
			AlreadyRead []string
			Filter      struct{ ExcludeIDs []string }
		}
	}
	text, _ := io.ReadAll(r.Body)
	decode(s.t, string(text), &body)
	limit := s.fixed
	if body.Variables.Limit != nil {
		limit = *body.Variables.Limit
	}
	if s.pages++; s.before != nil {
		s.before(s.pages)
	}
	if body.Variables.Cursor == nil {
		s.limits = append(s.limits, limit)
	} else if s.wraps {
		cursor, _ := base64.StdEncoding.DecodeString(*body.Variables.Cursor)
		body.Variables.Cursor = new(string(cursor))
	}
	if s.over && limit > s.max {
		saying(`{"errors":[{"message":"Cannot return more","extensions":{"code":"BAD_REQUEST_ERROR","statusCode":400}}],"data":null}`)(w, r)
		return
	}
	if s.old && strings.Contains(string(text), "alreadyRead") {
		w.Header().Set("Content-Type", jsonType)
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"errors":[{"message":"Unknown argument \"filter\"","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`)
		return
	}
	var items []string
	cursor := "null"
	out := slices.Concat(body.Variables.AlreadyRead, body.Variables.Filter.ExcludeIDs)
	for i, at := range s.times {
		if s.sifts && slices.Contains(out, fmt.Sprint(len(s.times)-1-i)) {
			continue
		}
		if body.Variables.Cursor != nil && at >= *body.Variables.Cursor || len(items) == min(limit, s.max) {
			continue
		}
		items = append(items, fmt.Sprintf(`{"id":"%d","updatedAt":%q}`, len(s.times)-1-i, at))
		cursor = at
	}
	if s.wraps && cursor != "null" {
		cursor = base64.StdEncoding.EncodeToString([]byte(cursor))
	}
	total := s.total
	if total == 0 {
		total = len(s.times)
	}
	if s.sifts {
		total -= len(out)
	}
	saying(pageOf(total, cursor, items...))(w, r)
}

// rows makes times: each number is a group of rows that share one.
func rows(groups ...int) []string {
	var times []string
	for i, n := range groups {
		for range n {
			times = append(times, fmt.Sprintf("2026-11-23T08:%02d:%02d.000Z", 59-i/60, 59-i%60))
		}
	}
	return times
}

func ids(records []string) []string {
	found := []string{}
	for _, r := range records {
		var row struct{ ID string }
		_ = json.Unmarshal([]byte(r), &row)
		found = append(found, row.ID)
	}
	return found
}

func ones(n int) []int { return slices.Repeat([]int{1}, n) }

func TestPageSizes(t *testing.T) {
	const withDefault = `query ($cursor: String, $limit: Int! = 7) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } }`
	const fixed = `query ($cursor: String) { project(id: "p") { models(limit: 9, cursor: $cursor) { totalCount cursor items { id } } } }`
	const shared = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id versions(limit: $limit) { totalCount } } } } }`
	for name, c := range map[string]struct {
		job
		want int
	}{
		"the largest":          {job{query: pagedQuery}, 500},
		"of the job":           {job{query: pagedQuery, variables: map[string]string{"limit": "3"}, request: speckle.Request{PageSize: 5}}, 3},
		"of the caller":        {job{query: pagedQuery, request: speckle.Request{PageSize: 5}}, 5},
		"of the operation":     {job{query: withDefault}, 7},
		"in the text":          {job{query: fixed}, 7},
		"of two, the smaller":  {job{query: shared}, 100},
		"null is a value, too": {job{query: pagedQuery, variables: map[string]string{"limit": "null"}}, 7},
	} {
		s := &shelf{t: t, times: rows(1), max: 1000, fixed: 7}
		c.base = direct{s}
		if got := read(t, t.Context(), c.job); got.err != nil || len(s.limits) != 1 || s.limits[0] != c.want {
			t.Errorf("%s: limits %v, want %d (%v)", name, s.limits, c.want, got.err)
		}
	}
}

// TestTiesAreReadAgain holds rows that share a timestamp across a page's edge:
// Speckle skips the rest of them.
func TestTiesAreReadAgain(t *testing.T) {
	for name, c := range map[string]struct {
		shelf
		limit   string
		rereads int
		short   string
		query   string // "": pagedQuery
	}{
		"the record has its time": {shelf{times: rows(8, 1), max: 5}, "", 3,
			"project.models: collected 6 of 9 models, after reading again 3 times, more models than a page holds have the timestamp " +
				"2026-11-23T08:59:59.000Z: the server's paging skips the rest of them (have fewer of them in one read: with a filter, or with " +
				"for_each over what holds them)", timedQuery},
		"short without ties": {shelf{times: rows(ones(9)...), max: 5, total: 11}, "", 3,
			"project.models: collected 9 of 11 models, after reading again 3 times (records that the token may not see are counted too; " +
				"complete: warn publishes what there is)", timedQuery},
		"no ties":               {shelf{times: rows(ones(20)...), max: 500}, "6", 0, "", ""},
		"a larger page is free": {shelf{times: rows(7), max: 500}, "3", 1, "", ""},
		"behind a few":          {shelf{times: rows(append(ones(95), 10, 1, 1)...), max: 100}, "", 1, "", ""},
		"at every edge":         {shelf{times: rows(append(slices.Repeat([]int{3}, 200), 1)...), max: 100}, "", 1, "", ""},
		"the server clamps":     {shelf{times: rows(append(ones(38), 4, 1, 1, 1)...), max: 40}, "", 1, "", ""},
		"more than any page, and nothing tells them apart": {shelf{times: rows(8, 1), max: 5}, "", 3,
			"project.models: collected 6 of 9 models, after reading again 3 times, more models than a page holds have the timestamp " +
				"2026-11-23T08:59:59.000Z: the server's paging skips the rest of them (have fewer of them in one read: with a filter, or with " +
				"for_each over what holds them)", ""},
		"more than any page, on a server without that filter": {shelf{times: rows(8, 1), max: 5, old: true}, "", 3,
			"project.models: collected 6 of 9 models, after reading again 3 times, more models than a page holds have the timestamp " +
				"2026-11-23T08:59:59.000Z: the server's paging skips the rest of them (have fewer of them in one read: with a filter, or with " +
				"for_each over what holds them)", ""},
		"more than any page, told apart by ids": {shelf{times: rows(8, 1), max: 5, sifts: true}, "", 1, "", ""},
		"many more, in the middle":              {shelf{times: rows(append(ones(7), 58, 1, 1, 30, 1)...), max: 5, sifts: true}, "", 1, "", ""},
		"a limit that is refused": {shelf{times: rows(append(ones(5), 8)...), max: 7, over: true}, "7", 3,
			"project.models: collected 12 of 13 models, after reading again 3 times, more models than a page holds have the timestamp " +
				"2026-11-23T08:59:54.000Z: the server's paging skips the rest of them (have fewer of them in one read: with a filter, or with " +
				"for_each over what holds them)", ""},
		"a larger limit is refused, the job's is enough": {shelf{times: rows(append(ones(45), 40)...), max: 50, over: true}, "50", 1, "", ""},
		"a limit that is refused, told apart by ids": {shelf{times: rows(append(ones(5), 18)...), max: 7, over: true, sifts: true}, "7", 1,
			"", ""},
		"a list without a largest page": {shelf{times: rows(append(ones(5), 800, 1)...), max: 100_000, wraps: true}, "50", 1, "",
			`query ($cursor: String, $limit: Int!) { project(id: "p") { models: commentThreads(limit: $limit, cursor: $cursor) { totalCount cursor items { id } } } }`},
		"in base64": {shelf{times: rows(append(ones(5), 18)...), max: 7, wraps: true, sifts: true}, "", 1, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.shelf
			s.t = t
			j := job{query: cmp.Or(c.query, pagedQuery), base: direct{&s}, request: speckle.Request{Complete: true}}
			if c.limit != "" {
				j.variables = map[string]string{"limit": c.limit}
			}
			got := read(t, t.Context(), j)
			if got.err != nil {
				t.Fatal(got.err)
			}
			found := ids(got.records)
			slices.Sort(found)
			if len(slices.Compact(found)) != len(got.records) || got.stats.Duplicates != 0 {
				t.Errorf("%d records, %d of them distinct, %d duplicates", len(got.records), len(slices.Compact(found)), got.stats.Duplicates)
			}
			short := ""
			if got.stats.Short != nil {
				short = got.stats.Short.Error()
			} else if len(got.records) != len(s.times) {
				t.Errorf("%d of %d records, and not short", len(got.records), len(s.times))
			}
			if short != c.short || got.stats.Rereads != c.rereads {
				t.Errorf("read again %d times, with limits %v: %s", got.stats.Rereads, s.limits, short)
			}
		})
	}
}

// TestShortIsTold holds reads that can't be mended by reading again.
func TestShortIsTold(t *testing.T) {
	const noID = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { name } } } }`
	for name, c := range map[string]struct {
		job
		want string
	}{
		"off": {job{query: pagedQuery},
			"project.models: collected 3 of 7 models; perhaps for equal timestamps at a page's edge, such as 2026-11-23T08:59:59.000Z: the " +
				"server's paging skips such rows"},
		"without id": {job{query: noID, request: speckle.Request{Complete: true}},
			"project.models: collected 3 of 7 models; perhaps for equal timestamps at a page's edge, such as 2026-11-23T08:59:59.000Z: the " +
				"server's paging skips such rows (select id inside items: then it is read again and joined)"},
	} {
		c.base = direct{&shelf{t: t, times: rows(7), max: 3, fixed: 3}}
		got := read(t, t.Context(), c.job)
		if got.err != nil || got.stats.Short == nil || got.stats.Short.Error() != c.want || got.stats.Rereads != 0 {
			t.Errorf("%s: %v, %v", name, got.err, got.stats.Short)
		}
	}
}

// script answers page after page.
func script(t *testing.T, pages ...string) http.RoundTripper {
	n := 0
	return directly(func(w http.ResponseWriter, r *http.Request) {
		if asksForTypes(r) {
			saying(introspectionOff)(w, r)
			return
		}
		if n == len(pages) {
			t.Error("more pages are asked for than there are")
			n--
		}
		n++
		saying(pages[n-1])(w, r)
	})
}

// TestLastPageIsKnown asks for no page behind the last one where that is seen
// to be it, and asks wherever it may not be.
func TestLastPageIsKnown(t *testing.T) {
	a, b, c := `{"id":"a"}`, `{"id":"b"}`, `{"id":"c"}`
	end := pageOf(0, "null")
	for name, one := range map[string]struct {
		limit string
		pages []string
	}{
		"the first, and short":             {"3", []string{pageOf(2, "1", a, b)}},
		"the second, and short":            {"2", []string{pageOf(3, "1", a, b), pageOf(3, "2", c)}},
		"full":                             {"2", []string{pageOf(2, "1", a, b), end}},
		"clamped to two":                   {"50", []string{pageOf(3, "1", a, b), pageOf(2, "2", c, `{"id":"d"}`), pageOf(2, "3", `{"id":"e"}`)}},
		"fewer than counted":               {"50", []string{pageOf(3, "1", a, b), pageOf(2, "2")}},
		"one of them twice":                {"50", []string{pageOf(3, "1", a, b, b), pageOf(2, "2")}},
		"nothing counted":                  {"50", []string{pageOf(0, "1", a, b), end}},
		"no text for a count":              {"50", []string{pageOf(`"two"`, "1", a, b), end}},
		"a record without an id among two": {"50", []string{pageOf(2, "1", a, `{"id":null}`), end}},
	} {
		got := read(t, t.Context(), job{query: pagedQuery, variables: map[string]string{"limit": one.limit},
			base: script(t, one.pages...), request: speckle.Request{Complete: true}})
		if got.err != nil || got.stats.Short != nil || got.stats.Requests != len(one.pages) {
			t.Errorf("%s: %d requests, want %d: %v %v", name, got.stats.Requests, len(one.pages), got.stats.Short, got.err)
		}
	}
}

func TestTotalCountTraps(t *testing.T) {
	a, b := `{"id":"a"}`, `{"id":"b"}`
	for name, c := range map[string]struct {
		pages []string
		total int64
		short bool
		odd   string // what is warned of
	}{
		"0 says nothing":     {[]string{pageOf(0, "1", a, b), pageOf(0, "null")}, -1, false, ""},
		"0, then null":       {[]string{pageOf(0, "1", a, b), pageOf("null", "null")}, -1, false, ""},
		"null":               {[]string{pageOf("null", "1", a, b), pageOf("null", "null")}, -1, false, "null"},
		"absent":             {[]string{`{"data":{"project":{"models":{"cursor":null,"items":[` + a + `]}}}}`}, -1, false, "nothing"},
		"negative":           {[]string{pageOf(-5, "null", a)}, -1, false, "-5"},
		"a text":             {[]string{pageOf(`"many"`, "null", a)}, -1, false, `"many"`},
		"a list":             {[]string{pageOf(`[7]`, "null", a)}, -1, false, "[7]"},
		"a half":             {[]string{pageOf(2.5, "null", a)}, -1, false, "2.5"},
		"null, then a count": {[]string{pageOf("null", "1", a), pageOf(2, "null", b)}, 2, false, ""},
		"huge":               {[]string{pageOf("99999999999999999999", "null", a)}, 1 << 53, true, ""},
		"huge as text":       {[]string{pageOf(`"9223372036854775807"`, "null", a)}, 1 << 53, true, ""},
		"beyond a double":    {[]string{pageOf("1e400", "null", a)}, 1 << 53, true, ""},
		"a number as text":   {[]string{pageOf(`"9"`, "null", a)}, 9, true, ""},
		"rows come":          {[]string{pageOf(3, "1", a, b), pageOf(4, "null")}, 4, true, ""},
		"rows go":            {[]string{pageOf(3, "1", a, b), pageOf(2, "null")}, 2, false, ""},
		"an end without one": {[]string{pageOf(2, "1", a, b), pageOf(0, "null")}, 2, false, ""},
		"more than counted":  {[]string{pageOf(1, "1", a, b), pageOf(1, "null")}, 1, false, ""},
		"short last page":    {[]string{pageOf(2, "1", a), pageOf(2, "null", b)}, 2, false, ""},
		"nothing":            {[]string{pageOf(0, "null")}, -1, false, ""},
		"empty cursor":       {[]string{pageOf(2, "", a, b)}, 2, false, ""},
		"nothing of some":    {[]string{pageOf(4, "null")}, 4, true, ""},
	} {
		got := read(t, t.Context(), job{query: pagedQuery, base: script(t, c.pages...)})
		if got.err != nil || got.stats.Total != c.total || (got.stats.Short != nil) != c.short {
			t.Errorf("%s: %+v %v", name, got.stats, got.err)
		}
		want := ""
		if c.odd != "" {
			want = "project.models: totalCount came as " + c.odd + ", so nobody can tell whether the list is whole"
		}
		if told := strings.Join(got.stats.Warnings, "\n"); told != want {
			t.Errorf("%s: warned %q, want %q", name, told, want)
		}
	}
}

// TestWhatAListSaysTwice: which of two counts, or cursors, holds nobody can tell.
func TestWhatAListSaysTwice(t *testing.T) {
	for twice, list := range map[string]string{
		"totalCount": `{"totalCount":5,"cursor":null,"items":[{"id":"a"}],"totalCount":1}`,
		"cursor":     `{"totalCount":1,"cursor":"1","cursor":null,"items":[{"id":"a"}]}`,
	} {
		got := read(t, t.Context(), job{query: pagedQuery, base: script(t, `{"data":{"project":{"models":`+list+`}}}`)})
		if failed, is := errors.AsType[*speckle.Error](got.err); !is || failed.Kind != speckle.BadAnswer ||
			got.err.Error() != "project.models: "+twice+" stands there twice" || len(got.records) > 0 {
			t.Errorf("%s: %v, %q", twice, got.err, got.records)
		}
	}
}

func TestRepeatedIDsAreDropped(t *testing.T) {
	got := read(t, t.Context(), job{query: pagedQuery, base: script(t,
		pageOf(0, "1", `{"id":"a","name":"1"}`, `{"id":"b"}`, `{"name":"x","id":"a"}`),
		pageOf(0, "2", `{"id":"b"}`, `{"name":"3","x":{"id":"a"},"id":"c"}`),
		pageOf(0, "3", `{"id":"c"}`),
		pageOf(0, "4", `{"id":null,"name":"n"}`, `{"id":null,"name":"n"}`),
		pageOf(0, "null"))})
	want := `{"id":"a","name":"1"} {"id":"b"} {"name":"3","x":{"id":"a"},"id":"c"} {"id":null,"name":"n"}`
	if got.err != nil || !strings.HasPrefix(strings.Join(got.records, " "), want) || got.stats.Duplicates != 3 || got.stats.Pages != 3 {
		t.Errorf("%v %+v %v", got.records, got.stats, got.err)
	}
}

// TestPagesEnd holds servers whose pages would never end.
func TestPagesEnd(t *testing.T) {
	for name, c := range map[string]struct {
		page func(n int) string
		text string
	}{
		"always the same":    {func(n int) string { return pageOf(9, fmt.Sprint(n), `{"id":"a"}`) }, "101 pages in a row hold nothing new"},
		"cursors in a ring":  {func(n int) string { return pageOf(9, fmt.Sprint(n%5), fmt.Sprintf(`{"id":"%d"}`, n)) }, "gives the cursor"},
		"the cursor ignored": {func(int) string { return pageOf(9, "1", `{"id":"a"}`) }, "gives the cursor"},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			got := read(t, t.Context(), job{query: pagedQuery, base: directly(func(w http.ResponseWriter, r *http.Request) {
				n++
				saying(c.page(n))(w, r)
			}), request: speckle.Request{Complete: true}})
			if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.PagingFault ||
				!strings.Contains(failed.Error(), c.text) {
				t.Errorf("%s: %v after %d pages", name, got.err, n)
			}
		})
	}
}

// TestReadingAgainEnds has a server that is short at first and then repeats
// its rows under new cursors for ever.
func TestReadingAgainEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		got := read(t, t.Context(), job{query: pagedQuery, base: directly(func(w http.ResponseWriter, r *http.Request) {
			n++
			switch n {
			case 1:
				saying(pageOf(9, "1", `{"id":"a"}`))(w, r)
			case 2:
				saying(pageOf(9, "null"))(w, r)
			default:
				saying(pageOf(9, fmt.Sprint(n), `{"id":"a"}`))(w, r)
			}
		}), request: speckle.Request{Complete: true}})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.PagingFault || len(got.records) != 1 {
			t.Errorf("%v after %d pages", got.err, n)
		}
	})
}

// TestStartingLaterIsShort: who gives the first cursor, as an item of for_each once could, leaves out
// what lies before it.
func TestStartingLaterIsShort(t *testing.T) {
	got := read(t, t.Context(), job{query: pagedQuery, variables: map[string]string{"cursor": `"2026-11-23T08:59:58.000Z"`},
		base: direct{&shelf{t: t, times: rows(ones(9)...), max: 100}}, request: speckle.Request{Complete: true}})
	if got.err != nil || got.stats.Short == nil || len(got.records) != 7 {
		t.Errorf("%v %+v", got.err, got.stats)
	}
}

func TestPartialIsKeptWhenAsked(t *testing.T) {
	const errs = `,"errors":[{"message":"no access","path":["project","models","items",0,"name"],"extensions":{"code":"FORBIDDEN"}}]}`
	page := strings.TrimSuffix(pageOf(1, "null", `{"id":"a","name":null}`, "null"), "}") + errs
	got := read(t, t.Context(), job{query: pagedQuery, base: script(t, page), request: speckle.Request{KeepPartial: true}})
	if got.err != nil || len(got.records) != 1 || len(got.stats.Warnings) != 1 ||
		got.stats.Warnings[0] != "project.models.items.0.name: no access" {
		t.Errorf("%v %v %v", got.records, got.stats.Warnings, got.err)
	}
	got = read(t, t.Context(), job{query: pagedQuery, base: script(t, page)})
	if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.NoAccess || got.dropped != 1 {
		t.Errorf("%v", got.err)
	}
	// Where the records themselves are missing, there is nothing to keep.
	for _, body := range []string{`{"data":{"project":null}` + errs, `{"data":null` + errs} {
		got = read(t, t.Context(), job{query: pagedQuery, base: script(t, body), request: speckle.Request{KeepPartial: true}})
		if failed, _ := errors.AsType[*speckle.Error](got.err); failed == nil || failed.Kind != speckle.NoAccess {
			t.Errorf("%v", got.err)
		}
	}
	got = read(t, t.Context(), job{query: "{ serverInfo { version } activeUser { id } }", request: speckle.Request{KeepPartial: true},
		base: script(t,
			`{"data":{"serverInfo":{"version":"2.5.4"},"activeUser":null},"errors":[{"message":"no","path":["activeUser"],"extensions":{"code":"FORBIDDEN","scope":"profile:read"}}]}`)})
	if got.err != nil || len(got.records) != 1 || len(got.stats.Warnings) != 1 {
		t.Errorf("unpaged: %v %v", got.stats.Warnings, got.err)
	}
}

func TestProgressIsTold(t *testing.T) {
	var told []speckle.Progress
	got := read(t, t.Context(), job{query: pagedQuery, base: script(t, pageOf(4, "1", `{"id":"a"}`, `{"id":"b"}`),
		pageOf(3, "2", `{"id":"c"}`, `{"id":"c"}`), pageOf(3, "3")),
		request: speckle.Request{Progress: func(p speckle.Progress) { told = append(told, p) }}})
	if got.err != nil || len(told) != 3 || told[1].Pages != 2 || told[1].Records != 3 || told[1].Total != 3 ||
		told[2].Bytes != got.stats.Bytes {
		t.Errorf("%+v %v", told, got.err)
	}
}

func TestPageDataStandsBesideTheRecords(t *testing.T) {
	const query = `query ($cursor: String) { tower: project(id: "p") { name all: models(cursor: $cursor) { next: cursor rows: items { key: id } } } serverInfo { version } }`
	got := read(t, t.Context(), job{query: query, base: script(t,
		`{ "data" : { "tower" : { "name" : "T \u00e9" , "all" : { "rows" : [ { "key" : "a" } ] , "next" : null } } , "serverInfo" : { "version" : "2.5" } } , "extensions" : { } }`)})
	if got.err != nil || len(got.records) != 1 || got.records[0] != `{"key":"a"}` || got.stats.ServerVersion != "2.5" {
		t.Fatal(got.records, got.stats, got.err)
	}
	if want := `{"tower":{"name":"T \u00e9","all":{"rows":[],"next":null}},"serverInfo":{"version":"2.5"}}`; string(got.pages[0].Data) != want {
		t.Errorf("%s", got.pages[0].Data)
	}
}
