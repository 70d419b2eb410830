package speckle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"speckle-runner/internal/speckle"
)

const timedQuery = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id updatedAt } } } }`

// olderThan is true for records below a time, as until: .updatedAt < … is.
func olderThan(mark string) func([]byte) (bool, error) {
	return func(record []byte) (bool, error) {
		var row struct{ UpdatedAt string }
		err := json.Unmarshal(record, &row)
		return row.UpdatedAt < mark, err
	}
}

// TestUntil reads newest first up to a mark: nothing above it may be missing,
// whatever the edges of the pages fall on, and nothing below is asked for.
func TestUntil(t *testing.T) {
	at := func(second int) string { return fmt.Sprintf("2026-11-23T08:59:%02d.000Z", 59-second) }
	for name, c := range map[string]struct {
		shelf
		mark     string // "": nothing is older
		size     int
		want     int // records
		requests int
		short    string
	}{
		"on the first page":       {shelf{times: rows(ones(500)...), max: 500}, at(9), 100, 10, 1, ""},
		"nothing is new":          {shelf{times: rows(ones(500)...), max: 500}, "2027", 100, 0, 1, ""},
		"on a later page":         {shelf{times: rows(ones(50)...), max: 500}, at(24), 10, 25, 3, ""},
		"at a page's edge":        {shelf{times: rows(ones(50)...), max: 500}, at(9), 10, 10, 2, ""},
		"ties across an edge":     {shelf{times: rows(2, 4, 1, 1, 1, 1, 1), max: 500}, at(3), 5, 8, 3, ""},
		"ties, cursors in base64": {shelf{times: rows(2, 4, 1, 1, 1, 1, 1), max: 500, wraps: true}, at(3), 5, 8, 3, ""},
		"ties at every edge":      {shelf{times: rows(slices.Repeat([]int{3}, 15)...), max: 500}, at(12), 4, 39, 0, ""},
		"ties that fill a page":   {shelf{times: rows(1, 8, 1, 1, 1, 1), max: 500}, at(3), 4, 11, 0, ""},
		"ties that fill every page": {shelf{times: rows(1, 8, 1, 1, 1, 1), max: 4}, at(3), 4, 7, 0,
			"project.models: more models than a page holds have the timestamp 2026-11-23T08:59:58.000Z: " +
				"the server's paging skips the rest of them, and there is no totalCount to tell (have fewer of them in one read: with a filter, or " +
				"with for_each over what holds them)"},
		"ties that are told apart": {shelf{times: rows(1, 38, 1, 1, 1, 1), max: 4, sifts: true}, at(3), 4, 41, 0, ""},
		"never":                    {shelf{times: rows(2, 4, 1, 1), max: 500}, "", 5, 8, 0, ""},
		"never, and fewer than all": {shelf{times: rows(ones(8)...), max: 500, total: 9}, "", 5, 8, 0,
			"project.models: collected 8 of 9 models, after reading again 3 times (records that the token may not see are counted too; complete: " +
				"warn publishes what there is)"},
		"early, and fewer than all": {shelf{times: rows(ones(8)...), max: 500, total: 9}, at(2), 5, 3, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.shelf
			s.t = t
			got := read(t, t.Context(), job{query: timedQuery, base: direct{&s},
				request: speckle.Request{Complete: true, PageSize: c.size, Until: olderThan(c.mark)}})
			short := ""
			if got.stats.Short != nil {
				short = got.stats.Short.Error()
			}
			found := ids(got.records)
			slices.Sort(found)
			if got.err != nil || len(slices.Compact(found)) != c.want || len(got.records) != c.want || short != c.short {
				t.Errorf("%d records, want %d; %v\n got %s\nwant %s", len(got.records), c.want, got.err, short, c.short)
			}
			if got.stats.Ended != (c.mark != "") || got.stats.Duplicates != 0 || got.stats.Pages == 0 ||
				c.requests > 0 && got.stats.Requests != c.requests {
				t.Errorf("%+v", got.stats)
			}
		})
	}
}

// TestUntilOnAListThatMoves has rows come on top, and rows touched, while the
// pages are read: what was above the mark and stays there is read.
func TestUntilOnAListThatMoves(t *testing.T) {
	s := shelf{t: t, times: rows(ones(30)...), max: 500}
	s.before = func(page int) {
		if page > 1 {
			s.times = append([]string{fmt.Sprintf("2026-11-23T09:00:%02d.000Z", page)}, s.times...)
		}
	}
	got := read(t, t.Context(), job{query: timedQuery, base: direct{&s},
		request: speckle.Request{Complete: true, PageSize: 4, Until: olderThan("2026-11-23T08:59:40.000Z")}})
	want := []string{}
	for id := 29; id >= 10; id-- {
		want = append(want, fmt.Sprint(id))
	}
	if found := ids(got.records); got.err != nil || got.stats.Short != nil || !slices.Equal(found, want) {
		t.Errorf("%v %v %v", found, got.stats.Short, got.err)
	}
}

// TestUntilOnAPageReadAgain breaks a page off behind the record that ends it.
func TestUntilOnAPageReadAgain(t *testing.T) {
	a, old, b := `{"id":"a","updatedAt":"9"}`, `{"id":"o","updatedAt":"1"}`, `{"id":"b","updatedAt":"8"}`
	synctest.Test(t, func(t *testing.T) {
		got := read(t, t.Context(), job{query: timedQuery, request: speckle.Request{Until: olderThan("5")},
			base: retryFirst(`{"data":{"project":{"models":{"items":[`+a+`,`+old+`,`,
				pageOf(4, "2026-11-23T08:59:40.000Z", b, a, old, `{"id":"c","updatedAt":"7"}`))})
		if found := strings.Join(ids(got.records), ""); got.err != nil || found != "ba" || got.stats.Requests != 2 || !got.stats.Ended {
			t.Errorf("%s %+v %v", found, got.stats, got.err)
		}
	})
}

func TestUntilMayFail(t *testing.T) {
	broken := errors.New("no such field")
	got := read(t, t.Context(), job{query: timedQuery, base: direct{&shelf{t: t, times: rows(3), max: 3}},
		request: speckle.Request{Until: func([]byte) (bool, error) { return false, broken }}})
	if !errors.Is(got.err, broken) || got.stats.Requests != 1 || len(got.records) != 0 {
		t.Errorf("%v %+v", got.err, got.stats)
	}
}

// TestUncounted reads a list without totalCount, which nobody could hold the
// records against: some types of collection have none.
func TestUncounted(t *testing.T) {
	const query = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { cursor items { id } } } }`
	for name, c := range map[string]struct {
		shelf
		want  int
		short bool
	}{
		"no ties":            {shelf{times: rows(ones(23)...), max: 500}, 23, false},
		"ties at an edge":    {shelf{times: rows(append(ones(4), 3, 1, 1, 1)...), max: 500}, 10, false},
		"ties that fill one": {shelf{times: rows(1, 18, 1, 1, 1), max: 500}, 22, false},
		"told apart by ids":  {shelf{times: rows(1, 18, 1, 1, 1), max: 5, sifts: true}, 22, false},
		"not told apart":     {shelf{times: rows(1, 18, 1, 1, 1), max: 5}, 9, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := c.shelf
			s.t = t
			got := read(t, t.Context(), job{query: query, base: direct{&s}, request: speckle.Request{Complete: true, PageSize: 5}})
			if got.err != nil || len(got.records) != c.want || got.stats.Duplicates != 0 || (got.stats.Short != nil) != c.short {
				t.Errorf("%d records, want %d; %+v %v", len(got.records), c.want, got.stats, got.err)
			}
		})
	}
}
