package speckle

import (
	"cmp"
	"context"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// maxRereads is how often a collection is read again at most: once only in the gaps
// between its pages, then whole.
const maxRereads = 3

// glance is the page size for a gap in which rows of one time may be missing: mostly only
// a few share a time.
const glance = 20

// readAgain looks for missing records. Where cursors are times, rows are lost when a page
// ends among rows of the same time, so the gaps behind the pages' ends are read first.
// Then everything is read with other page sizes, so that pages end elsewhere. Without ids
// the readings couldn't be joined, so it isn't tried.
func (rd *reading) readAgain(ctx context.Context, first *walkthrough) error {
	p := rd.Query.Paging
	if !rd.Complete || p.IDKey == "" || !rd.lacking() || p.LimitVar == "" && len(rd.stops) == 0 {
		return nil
	}
	if rd.nameless.all > 0 {
		return nil // records without an id: it can't be seen which of them came before
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

// newTies prepares the search for rows of the same time; nil where cursors are no times.
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

// intoGaps reads again the rows that have the time of a page's last row.
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

// resized reads all pages again with other sizes. Fewer pages lose fewer rows, so the
// largest size comes first, unless it was used already, and then smaller ones.
func (rd *reading) resized(ctx context.Context, first *walkthrough, used int) error {
	sizes := []int{first.size} // where the size can't be changed, the same again
	if rd.resizable() {
		most := max(used, rd.Query.Paging.MaxLimit)
		if first.largest < used && first.pages > 1 {
			most = max(first.largest, 1) // the server gives no larger pages, whatever is asked for
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
			sizes = sizesBelow(used) // the server refuses pages larger than the first ones
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
