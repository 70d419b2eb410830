package speckle

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"

	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"

	"github.com/go-json-experiment/json/jsontext"
)

// A read that broke off leaves the pages that it got, and a later one of the
// same list goes on behind them, where that list comes newest first: whatever was
// added or touched since lies at its front. So the front is read until it meets
// a record that was kept; what was kept behind that one still stands as it was,
// and the server is asked for the rest only. Where the counts don't agree with
// that, the later read goes on as if nothing had been kept.

// maxMeetings bounds how many pages of the front are held against what was kept.
const maxMeetings = 20

// resume goes on behind the pages of an earlier read, when the page that was
// just read meets them, and gives the cursor to go on from.
func (w *walkthrough) resume(ctx context.Context, next jsontext.Value) (from jsontext.Value, done bool, err error) {
	rd := w.rd
	if rd.Kept == nil || w.again || w.excluded != nil || w.stretched > 0 {
		return next, false, nil
	}
	if w.meetings++; w.meetings > maxMeetings {
		rd.Kept, rd.last = nil, nil
		return next, false, nil
	}
	kept, m := rd.Kept, &meeting{w: w, next: next}
	if !m.met(kept) {
		return next, false, nil
	}
	rd.Kept, rd.last = nil, nil
	return w.replay(ctx, kept, m.at, next)
}

// errNotMet ends a look through what was kept.
var errNotMet = errors.New("it isn't there")

// meeting holds what was kept against the front that was read.
type meeting struct {
	w    *walkthrough
	next jsontext.Value // cursor behind the front

	at     int64 // place of the front's last record in what was kept, from 1; 0: not met
	count  int64 // records so far
	both   int64 // records of the front among them
	edge   bool  // the front and a kept page end with the same record and cursor
	total  int64 // that the first kept page says; -1: none
	behind bool  // there are records behind the place
}

// met reports whether what was kept can be gone on from. What can't be read of it
// is read from the server.
func (m *meeting) met(kept Kept) bool { return kept(m.record, m.page) == nil && m.stands() }

// record looks at one kept record. All that stood before the front's last one
// has to be in the front, too: it would have gone away else, or moved.
func (m *meeting) record(record []byte) error {
	rd := m.w.rd
	m.count++
	known := rd.seen.holds(split.IDOf(record, rd.call.plan.ID))
	if known {
		m.both++
	}
	switch {
	case m.at > 0:
		m.behind = true
	case !known:
		return errNotMet
	case bytes.Equal(record, rd.last):
		m.at = m.count
	}
	return nil
}

func (m *meeting) page(p KeptPage) error {
	list := listIn(p.Data, m.w.rd.Query.Paging)
	if m.total == 0 {
		m.total = -1
		if n, is := countOf(split.Member(list, m.w.rd.Query.Paging.TotalKey)); is && n > 0 {
			m.total = n
		}
	}
	if m.at == m.count && m.at > 0 {
		m.edge = bytes.Equal(split.Member(list, m.w.rd.Query.Paging.CursorKey), m.next)
	}
	return nil
}

// stands reports whether what was kept behind the place is what the server
// would give now. Records of the front that weren't kept have come since, or
// come from farther back: the counts tell, and a count that is too low tells
// that others went away.
func (m *meeting) stands() bool {
	rd, p := m.w.rd, m.w.rd.Query.Paging
	if m.at == 0 || !m.behind {
		return false
	}
	if p.Fixed {
		return true
	}
	if !p.Dated() && !m.edge {
		return false // it may have been touched, and look as it did
	}
	return m.total > 0 && rd.stats.Total == m.total+rd.stats.Records-m.both
}

// replay delivers what was kept behind the place.
func (w *walkthrough) replay(ctx context.Context, kept Kept, place int64, next jsontext.Value) (from jsontext.Value, done bool, err error) {
	rd := w.rd
	pages, count := rd.stats.Pages, int64(0)
	w.replaying = true
	defer func() { w.replaying = false }()
	rd.renew()
	items := 0
	failed := kept(func(record []byte) error {
		if count++; count <= place {
			return nil
		}
		items++
		err = rd.take(record, split.IDOf(record, rd.call.plan.ID))
		return err
	}, func(p KeptPage) error {
		if items == 0 {
			return nil
		}
		rd.call.answer.data, rd.call.items, rd.call.partial = p.Data, items, nil
		if next, done, err = w.page(ctx); err != nil {
			return err
		}
		if p.Tied != "" {
			w.tied = p.Tied
		}
		rd.renew()
		items = 0
		if done {
			return errNotMet
		}
		return nil
	})
	if rd.page > 0 || failed != nil { // a page without its end
		back := rd.forget()
		if err == nil {
			err = back
		}
	}
	if err == nil && !done && rd.stats.Pages > pages {
		rd.stats.Resumed = rd.stats.Pages + 1
		if rd.Resumed != nil {
			rd.Resumed(rd.stats.Resumed, rd.stats.Records)
		}
	}
	return next, done, err
}

// holds reports whether an id was delivered on a page that stands.
func (s *seen) holds(id []byte) bool { return s.has(maphash.Bytes(s.seed, id) >> 2) }

// listIn gives the paged collection of an answer's data.
func listIn(data jsontext.Value, p *query.Paging) jsontext.Value {
	for _, key := range p.Path {
		data = split.Member(data, key)
	}
	return data
}
