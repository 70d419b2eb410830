package speckle

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/split"
)

// stop remembers where the page under way has ended.
func (w *walkthrough) stop(next string) {
	rd := w.rd
	if w.again || !rd.Complete || rd.seen == nil || rd.call.items == 0 || timeOf(jsontext.Value(next)) == "" {
		return
	}
	rd.stops = append(rd.stops, stop{next, rd.stats.Records})
}

// lap begins a page, whose first records may be the last ones of the page before.
func (rd *reading) lap(w *walkthrough) {
	rd.walk = w
	rd.ids, rd.lastIDs = rd.lastIDs[:0], rd.ids
	if w.overlap == "" {
		rd.lastIDs = rd.lastIDs[:0]
	}
}

// relisted reports whether a record comes again only because the page begins with the end
// of the one before.
func (rd *reading) relisted(id []byte) bool {
	return rd.repeats == rd.lapped && rd.page == 0 && bytes.Contains(rd.lastIDs, id)
}

// place tells the sink where a recovered record belongs: behind how many records of the
// first reading.
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

// newer reports whether a record now stands before all that were read, because it was added
// or changed meanwhile.
func (rd *reading) newer(record []byte) bool {
	at := rd.timeIn(record)
	return !rd.newest.IsZero() && at.After(rd.newest)
}

// regain adds recovered records to a list.
func regain(list []found, f found) []found {
	if last := len(list) - 1; last >= 0 && list[last].after == f.after {
		list[last].n += f.n
		return list
	}
	return append(list, f)
}

// arranged gives the recovered records in the order of the list.
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

// beyond reports whether a record lies behind the gap that is being read.
func (rd *reading) beyond(record []byte) bool {
	if rd.walk == nil || rd.walk.gap == nil {
		return false
	}
	at := rd.timeIn(record)
	edge, err := time.Parse(time.RFC3339, timeOf(jsontext.Value(rd.walk.gap.cursor)))
	return err == nil && !at.IsZero() && at.Before(edge.Truncate(time.Millisecond))
}

// timeIn gives the time that a record is ordered by; zero: the query doesn't select it.
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
