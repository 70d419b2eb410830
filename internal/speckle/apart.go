package speckle

import (
	"bytes"
	"cmp"
	"errors"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/query"
)

// openPage is the largest page that is asked for where rows of one time fill a usual page,
// and the server is known to have no limit.
const openPage = 5000

// from gives the cursor to send for the next page; nil: none. A cursor that is a time makes
// Speckle begin strictly below that time, so that further rows of the same time are skipped.
// Where none may be missed, the next page is made to begin a millisecond earlier in the
// list: it has the last row again, with all rows of its time. That needs ids, by which rows
// that come twice are dropped.
func (w *walkthrough) from(next jsontext.Value) jsontext.Value {
	if w.overlap != "" && w.overlap == string(next) { // all rows of the page have the same time
		if w.tellApart() {
			return justAfter(next)
		}
		w.leave()
		if w.gap == nil {
			w.packed = timeOf(next)
			return next // go on behind that time
		}
		if w.rd.call.items >= w.rd.largest {
			w.tied = timeOf(next)
		}
		return nil
	}
	w.leave()
	if !w.again && !w.rd.uncounted() || w.rd.Query.Paging.IDKey == "" || w.rd.nameless.all > 0 {
		return next
	}
	later := justAfter(next)
	if later != nil {
		w.overlap = string(next)
		return later
	}
	return next
}

// leave forgets what was tried for rows of one time.
func (w *walkthrough) leave() { w.overlap, w.packed, w.stretched, w.excluded = "", "", 0, nil }

// tellApart finds a way to the other rows of one time: a larger page, or the same page
// without the rows that came already. It reports whether there is one.
func (w *walkthrough) tellApart() bool { return w.stretch() || w.exclude() }

// stretch asks for a larger page: first as large as the job's own, then the server's largest.
func (w *walkthrough) stretch() bool {
	rd := w.rd
	sent, full := cmp.Or(w.stretched, w.size, rd.givenLimit()), rd.full()
	most := max(full, rd.Query.Paging.MaxLimit)
	if rd.Query.Paging.Unlimited() {
		most = openPage
	}
	if rd.narrow {
		most = full
	}
	if !rd.resizable() || w.excluded != nil || rd.call.items < sent || sent >= most {
		return false
	}
	w.stretched = most
	if sent < full {
		w.stretched = full
	}
	return true
}

// full is how many records a page of the job holds.
func (rd *reading) full() int { return max(rd.pageSize(), rd.givenLimit(), 1) }

func (w *walkthrough) exclude() bool {
	rd := w.rd
	if rd.excludes == nil && !rd.blunt {
		rd.excludes = rd.Query.Exclusion()
	}
	first, _, _ := bytes.Cut(rd.ids, []byte(","))
	if rd.excludes == nil || rd.blunt || len(first) == 0 || first[0] != '"' || len(w.excluded)+len(rd.ids) > query.MaxExcluded {
		return false
	}
	ids := append(bytes.Clone(w.excluded), rd.ids...)
	if bytes.Contains(w.excluded, first) || rd.excludes.With(rd.Variables[rd.excludes.Variable], ids) == nil {
		rd.blunt = true // rows that it was asked to leave out came all the same
		return false
	}
	w.excluded = ids
	return true
}

// relents gives up a way of tellApart if the server has refused it, and reports whether it
// did so.
func (w *walkthrough) relents(err error) bool {
	if !refusedQuery(err) || w.overlap == "" || w.stretched == 0 && w.excluded == nil {
		return false
	}
	if w.excluded != nil {
		w.rd.blunt = true
	} else {
		w.rd.narrow = true
	}
	w.stretched, w.excluded = 0, nil
	return true
}

func refusedQuery(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.Kind == InvalidQuery
}
