package fake

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// row is one entry of a list that is ordered by time, newest first.
type row[T any] struct {
	id string
	at time.Time
	v  T
}

// page is a part of such a list, and the cursor that leads on from it: none
// only when it is empty, so that the last page with rows has one too.
type page[T any] struct {
	rows   []row[T]
	cursor *string
}

// cursorForm is how a list writes its cursors, and reads them back.
type cursorForm struct {
	write func(at time.Time, id string) string
	// read gives a test of what comes after the cursor.
	read func(cursor string) (func(at time.Time, id string) bool, error)
}

// before is the test of cursors that hold only a time. It is strict: rows that
// share the time of a page's last row are never given.
func before(t time.Time) func(time.Time, string) bool {
	return func(at time.Time, _ string) bool { return at.Before(t) }
}

// plainTime is that of models, versions, replies and activities.
var plainTime = cursorForm{
	write: func(at time.Time, _ string) string { return iso(at) },
	read: func(cursor string) (func(time.Time, string) bool, error) {
		t, err := parseISO(cursor)
		if err != nil {
			return nil, unforeseen("select \"id\" - invalid input syntax for type timestamp with time zone: \"" + cursor + "\"")
		}
		return before(t), nil
	},
}

// wrappedTime is that of comments, blobs and the administrators' lists.
var wrappedTime = cursorForm{
	write: func(at time.Time, _ string) string { return base64.StdEncoding.EncodeToString([]byte(iso(at))) },
	read: func(cursor string) (func(time.Time, string) bool, error) {
		raw, _ := base64.StdEncoding.DecodeString(cursor) // what is no base64 is no time either
		return plainTime.read(string(raw))
	},
}

// timeAndID is that of projects, uploads and members. It loses nothing. One
// that can't be read is ignored: page 1 again.
func timeAndID(key string) cursorForm {
	return cursorForm{
		write: func(at time.Time, id string) string {
			return base64.StdEncoding.EncodeToString(encode(ordered{{key, iso(at)}, {"id", id}}))
		},
		read: func(cursor string) (func(time.Time, string) bool, error) {
			t, last, ok := unwrap(cursor, key)
			return func(at time.Time, id string) bool { return !ok || at.Before(t) || at.Equal(t) && id < last }, nil
		},
	}
}

// unwrap reads a cursor of time and id.
func unwrap(cursor, key string) (t time.Time, id string, ok bool) {
	var held map[string]string
	raw, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil || json.Unmarshal(raw, &held) != nil {
		return time.Time{}, "", false
	}
	t, err = parseISO(held[key])
	return t, held["id"], err == nil
}

// turn gives one page of a list.
func turn[T any](ctx context.Context, rows []row[T], limit int, cursor *string, form cursorForm) (page[T], error) {
	return turnWithout(ctx, rows, nil, limit, cursor, form)
}

// turnWithout gives one page of a list, as if it hadn't the rows with some ids.
func turnWithout[T any](ctx context.Context, rows []row[T], ids *[]string, limit int, cursor *string, form cursorForm) (page[T], error) {
	c := of(ctx)
	given := ""
	if cursor != nil {
		given = *cursor
	}
	if !nested(ctx) {
		rows = late(c, rows)
		tie(c, rows)
		shift(c, rows, given != "")
	}
	if ids != nil {
		rows = slices.DeleteFunc(slices.Clone(rows), func(r row[T]) bool { return slices.Contains(*ids, r.id) })
	}
	start := 0
	if given != "" {
		after, err := form.read(given)
		if err != nil {
			return page[T]{}, err
		}
		start = len(rows)
		for i, r := range rows {
			if after(r.at, r.id) {
				start = i
				break
			}
		}
	}
	var out page[T]
	end := start + min(max(limit, 0), len(rows)-start)
	if end > start {
		out.cursor = new(form.write(rows[end-1].at, rows[end-1].id))
	}
	out.rows = window(ctx, rows, start, end)
	return out, nil
}

// window cuts a page out of a list, with the faults that bear on its rows.
func window[T any](ctx context.Context, rows []T, start, end int) []T {
	c := of(ctx)
	if h := c.hit(CutNested); h != nil && nested(ctx) {
		return rows[start:min(end, start+h.Rows)]
	}
	if h := c.hit(Overlap); h != nil && !nested(ctx) {
		start = max(0, start-max(1, h.Rows))
	}
	return rows[start:end]
}

// late keeps the newest row back, or gives it its time, where a fault says so.
func late[T any](c *call, rows []row[T]) []row[T] {
	for i := range c.hits {
		h := &c.hits[i]
		if h.Kind != Late || len(rows) == 0 {
			continue
		}
		if h.fresh {
			return rows[1:]
		}
		rows[0].at = c.server.world.now.Add(-h.Wait)
		slices.SortStableFunc(rows, func(a, b row[T]) int { return b.at.Compare(a.at) })
	}
	return rows
}

// tie gives some rows one time, where a fault says so.
func tie[T any](c *call, rows []row[T]) {
	h := c.hit(Ties)
	if h == nil {
		return
	}
	for i := h.From + 1; i < min(h.From+cmp.Or(h.Rows, 7), len(rows)); i++ {
		rows[i].at = rows[h.From].at
	}
}

// shift moves rows to the front that were touched meanwhile, where a fault
// says so, and touches another one when a page after the first is read.
func shift[T any](c *call, rows []row[T], later bool) {
	h := c.hit(Shift)
	if h == nil {
		return
	}
	c.server.faults.mu.Lock()
	defer c.server.faults.mu.Unlock()
	reorder(c, h, rows)
	if later && h.fresh && len(rows) > 0 {
		c.shift.Do(func() { h.touched = append(h.touched, rows[len(rows)-1].id) })
		reorder(c, h, rows)
	}
}

func reorder[T any](c *call, h *hit, rows []row[T]) {
	for i := range rows {
		if n := slices.Index(h.touched, rows[i].id); n >= 0 {
			rows[i].at = c.server.world.now.Add(time.Duration(n+1) * time.Second)
		}
	}
	slices.SortStableFunc(rows, func(a, b row[T]) int { return b.at.Compare(a.at) })
}

// newest orders rows by time and id, the newest first.
func newest[T any](rows []row[T]) []row[T] {
	slices.SortFunc(rows, func(a, b row[T]) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.id, a.id)) })
	return rows
}

// atMost100 is what versions and users say to larger pages.
func atMost100(limit int32) error {
	if limit > 100 {
		return badRequest("Cannot return more than 100 items, please use pagination.")
	}
	return nil
}

func count[T any](list []T) int32 { return int32(len(list)) } //nolint:gosec // far below 2³¹

// maxModels is MAX_PROJECT_MODELS_PER_PAGE's default.
const maxModels = 500

// matches is a search as people expect it: any case, anywhere.
func matches(name, search string) bool {
	return strings.Contains(strings.ToLower(name), strings.ToLower(search))
}

func matchesAny(id string, list *[]string) bool {
	return list != nil && slices.Contains(*list, id)
}
