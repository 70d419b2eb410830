package speckle

import (
	"cmp"
	"context"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

func (w *walkthrough) run(ctx context.Context) error {
	rd := w.rd
	w.cursors = map[string]bool{}
	cursor := w.begin()
	for {
		if err := w.fetch(ctx, cursor); err != nil {
			if !w.relents(err) {
				return err
			}
			cursor = justAfter(jsontext.Value(w.overlap))
			continue
		}
		next, done, err := w.page(ctx)
		if err != nil {
			if back := rd.call.takeBack(); back != nil {
				return back
			}
			return err
		}
		if !done {
			next, done, err = w.resume(ctx, next)
		}
		if done || err != nil || w.over(next) {
			return err
		}
		if cursor = w.from(next); cursor == nil {
			return nil
		}
		if rd.GoesOn != nil && !w.again {
			rd.GoesOn()
		}
	}
}

// fetch sends one page's request.
func (w *walkthrough) fetch(ctx context.Context, cursor jsontext.Value) error {
	rd, p := w.rd, w.rd.Query.Paging
	changes := map[string]jsontext.Value{}
	if size := cmp.Or(w.stretched, w.size); size > 0 {
		changes[p.LimitVar] = jsontext.Value(strconv.Itoa(size))
	}
	if cursor != nil {
		changes[p.CursorVar] = cursor
	}
	rd.call.query = rd.Query
	if w.excluded != nil {
		rd.call.query = rd.excludes.Query
		changes[rd.excludes.Variable] = rd.excludes.With(rd.Variables[rd.excludes.Variable], w.excluded)
	}
	rd.lap(w)
	return rd.fetch(ctx, rd.with(changes))
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
