package speckle

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"speckle-runner/internal/speckle/split"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxRereads is how often a collection is read again, at most: once in the gaps
// between its pages, and then whole.
const maxRereads = 3

// glance is how many records are asked for where rows of one time may be
// missing: mostly a few share it.
const glance = 20

// stop is where a page of the first reading ended.
type stop struct {
	cursor  string // as the server gave it; "" when it is no time
	records int64  // that were delivered so far
}

// stop remembers where the page under way has ended.
func (w *walkthrough) stop(next string) {
	rd := w.rd
	if w.again || !rd.Complete || rd.seen == nil || rd.call.items == 0 || timeOf(jsontext.Value(next)) == "" {
		return
	}
	rd.stops = append(rd.stops, stop{next, rd.stats.Records})
}

// readAgain looks for missing records. Where cursors are times, rows are lost
// when a page's edge falls among those of one time, so the gaps behind those
// edges come first; then all is read with other page sizes, for other edges.
// Without ids nothing can be joined.
func (rd *reading) readAgain(ctx context.Context, first *walkthrough) error {
	p := rd.Query.Paging
	if !rd.Complete || p.IDKey == "" || !rd.lacking() || p.LimitVar == "" && len(rd.stops) == 0 {
		return nil
	}
	if rd.nameless.all > 0 {
		return nil // nobody could tell which of them came before
	}
	rd.again, rd.nameless.again, rd.largest = true, true, first.largest
	rd.progress()
	rd.ties = rd.newTies()
	if len(rd.stops) > 0 {
		if err := rd.intoGaps(ctx, first); err != nil {
			return err
		}
	}
	used := first.size
	if used == 0 {
		used = rd.givenLimit()
	}
	return rd.resized(ctx, first, used)
}

// intoGaps reads again what has the time of each page's last row.
func (rd *reading) intoGaps(ctx context.Context, first *walkthrough) error {
	rd.stats.Rereads++
	size := first.size
	if rd.resizable() {
		size = min(glance, max(first.largest, 1))
	}
	for i := range rd.stops {
		if !rd.lacking() {
			break
		}
		w := &walkthrough{rd: rd, size: size, again: true, gap: &rd.stops[i]}
		if err := w.run(ctx); err != nil {
			return err
		}
		rd.crowd = cmp.Or(rd.crowd, w.tied)
	}
	return nil
}

// resizable reports whether another limit changes nothing in the records.
func (rd *reading) resizable() bool {
	p := rd.Query.Paging
	return p.LimitVar != "" && slices.Contains(p.Narrows, p.LimitVar)
}

// resized reads all pages again, with other page sizes: fewer edges are better,
// so first the largest page, where that wasn't used, then sizes below it.
func (rd *reading) resized(ctx context.Context, first *walkthrough, used int) error {
	sizes := []int{first.size} // where it may not change
	if rd.resizable() {
		most := max(used, rd.Query.Paging.MaxLimit)
		if first.largest < used && first.pages > 1 {
			most = max(first.largest, 1) // the server clamps: no page is larger
		}
		sizes = slices.DeleteFunc(sizesBelow(most), func(size int) bool { return size == used || size == first.largest })
	}
	for len(sizes) > 0 && rd.lacking() && rd.stats.Rereads < maxRereads {
		size := sizes[0]
		sizes = sizes[1:]
		w := &walkthrough{rd: rd, size: size, again: true}
		err := w.run(ctx)
		rd.crowd = cmp.Or(rd.crowd, w.tied)
		if refusedQuery(err) && size > used {
			sizes = sizesBelow(used) // the server refuses more than it was asked for
			continue
		}
		if err != nil {
			return err
		}
		rd.stats.Rereads++
	}
	return nil
}

func refusedQuery(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Kind == InvalidQuery
}

func sizesBelow(most int) []int {
	var sizes []int
	for _, size := range []int{most, most * 5 / 6, most * 5 / 7, most / 2, most / 3} {
		if size > 0 && !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// begin gives the first cursor.
func (w *walkthrough) begin() jsontext.Value {
	if w.gap == nil {
		w.earlier = w.rd.arranged()
		return nil
	}
	w.overlap = w.gap.cursor
	return justAfter(jsontext.Value(w.overlap))
}

// over reports whether reading again has what it was to find.
func (w *walkthrough) over(next jsontext.Value) bool {
	return w.again && !w.rd.lacking() || w.gap != nil && string(next) != w.overlap
}

// lap begins a page: what the one before ended with comes again at its front.
func (rd *reading) lap(w *walkthrough) {
	rd.walk = w
	rd.ids, rd.lastIDs = rd.lastIDs[:0], rd.ids
	if w.overlap == "" {
		rd.lastIDs = rd.lastIDs[:0]
	}
}

// relisted reports whether a record that was delivered comes only because the
// page begins with the end of the one before.
func (rd *reading) relisted(id []byte) bool {
	return rd.repeats == rd.lapped && rd.page == 0 && bytes.Contains(rd.lastIDs, id)
}

// place tells the sink where the record at hand belongs: behind how many of
// those that the first reading delivered.
func (rd *reading) place(record []byte) {
	after := int64(0)
	switch w := rd.walk; {
	case w.gap != nil:
		after = w.gap.records
	case !rd.newer(record):
		after = w.firstOf(w.known + rd.repeats - rd.lapped)
	}
	if placer, can := rd.sink.(Placer); can && after != rd.placed {
		rd.placed = after
		placer.Place(after)
	}
	rd.pending = regain(rd.pending, found{after: after, n: 1})
}

// newer reports whether a record came, or moved, before all that were read.
func (rd *reading) newer(record []byte) bool {
	at := rd.timeIn(record)
	return !rd.newest.IsZero() && at.After(rd.newest)
}

// found are n recovered records in one place.
type found struct {
	after  int64 // so many records of the first reading precede them
	n      int64
	before int64 // how many recovered ones do, in a sorted list
}

// regain adds recovered records to a list.
func regain(list []found, f found) []found {
	if last := len(list) - 1; last >= 0 && list[last].after == f.after {
		list[last].n += f.n
		return list
	}
	return append(list, f)
}

// arranged gives what was recovered in the order of the list.
func (rd *reading) arranged() []found {
	list := slices.Clone(rd.recovered)
	slices.SortFunc(list, func(a, b found) int { return cmp.Compare(a.after, b.after) })
	before := int64(0)
	for i := range list {
		list[i].before = before
		before += list[i].n
	}
	return list
}

// firstOf gives how many records of the first reading are among the first n of
// the list: not those that were recovered since.
func (w *walkthrough) firstOf(n int64) int64 {
	i, _ := slices.BinarySearchFunc(w.earlier, n, func(f found, n int64) int { return cmp.Compare(f.after+f.before+f.n, n) })
	if i < len(w.earlier) {
		f := w.earlier[i]
		return n - f.before - min(max(n-f.after-f.before, 0), f.n)
	}
	if i > 0 {
		n -= w.earlier[i-1].before + w.earlier[i-1].n
	}
	return n
}

// timeIn gives the time that decides on a record's place, zero when the query
// doesn't select it.
func (rd *reading) timeIn(record []byte) time.Time {
	key := rd.Query.Paging.TimeKey
	if key == "" {
		return time.Time{}
	}
	return timeAt(split.Member(record, key))
}

func timeAt(value []byte) time.Time {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at.Truncate(time.Millisecond)
}

// beyond reports whether a record lies behind the gap that is looked into.
func (rd *reading) beyond(record []byte) bool {
	if rd.walk == nil || rd.walk.gap == nil {
		return false
	}
	at := rd.timeIn(record)
	edge, err := time.Parse(time.RFC3339, timeOf(jsontext.Value(rd.walk.gap.cursor)))
	return err == nil && !at.IsZero() && at.Before(edge.Truncate(time.Millisecond))
}
