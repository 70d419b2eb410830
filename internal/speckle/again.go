package speckle

import (
	"cmp"
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maxRereads is how often a collection is read again, at most: once in the gaps
// between its pages, and then whole.
const maxRereads = 3

// glance is how many records are asked for where rows of one time may be
// missing: mostly a few share it.
const glance = 20

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

// newTies prepares the search.
func (rd *reading) newTies() *ties {
	key := rd.Query.Paging.TimeKey
	if key == "" || len(rd.stops) == 0 {
		return nil
	}
	t := &ties{key: key, edges: map[string]bool{}}
	for _, s := range rd.stops {
		t.edges[timeOf(jsontext.Value(s.cursor))] = true
	}
	return t
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

func sizesBelow(most int) []int {
	var sizes []int
	for _, size := range []int{most, most * 5 / 6, most * 5 / 7, most / 2, most / 3} {
		if size > 0 && !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}
