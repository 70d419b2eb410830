package speckle

import (
	"bytes"
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

// KeptPage is what stood around the records of a page that is kept.
type KeptPage struct {
	Data jsontext.Value `json:"data"` // the answer's, [] in place of the records
	Tied string         `json:"tied,omitempty"`
}

// Keeper takes the pages of a Read as the server gave them, for a later one. It
// has no error: what it can't keep is read again.
type Keeper interface {
	// Record takes a record of the page under way, valid until it returns.
	Record(rec []byte)
	// EndPage says that the records since the last EndPage or DropPage stand.
	EndPage(p KeptPage)
	// DropPage says to forget them.
	DropPage()
}

// Kept gives the pages that an earlier Read of the same list has kept, from
// the first on, to one function their records and to the other what stood
// around them. It stops at the first error, its own or one of theirs.
type Kept func(record func(rec []byte) error, page func(p KeptPage) error) error

// maxMeetings bounds how many pages of the front are held against what was kept.
const maxMeetings = 20

// resumable reports whether a later read can go on behind a page: the list moves
// at its front only, its records are known by their ids, and what went away is
// seen by its totalCount.
func (rd *reading) resumable() bool {
	p := rd.Query.Paging
	if p == nil || p.IDKey == "" || rd.startsLater() {
		return false
	}
	return p.Fixed || p.Order != "" && p.TotalKey != ""
}

// keepRecord keeps a record of the page under way. One without an id couldn't be
// told from another that comes again.
func (rd *reading) keepRecord(record, id []byte) {
	if rd.Keep == nil {
		return
	}
	if len(id) == 0 || id[0] == 'n' {
		rd.stopKeeping()
		return
	}
	rd.Keep.Record(record)
}

func (rd *reading) stopKeeping() {
	if rd.Keep != nil {
		rd.Keep.DropPage()
		rd.Keep = nil
	}
}

// keepPage keeps the page that was told. The last one is asked for again: by
// then there may be more. One with errors in it may come without them.
func (w *walkthrough) keepPage(data jsontext.Value, done bool) {
	rd := w.rd
	switch {
	case rd.Keep == nil:
	case done || rd.call.partial != nil:
		rd.stopKeeping()
	default:
		rd.Keep.EndPage(KeptPage{Data: data, Tied: w.tied})
	}
}

// resume goes on behind the pages of an earlier read, when the page that was
// just read meets them, and gives the cursor to go on from.
func (w *walkthrough) resume(next jsontext.Value) (from jsontext.Value, done bool, err error) {
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
	return w.replay(kept, m.at, next)
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
func (w *walkthrough) replay(kept Kept, place int64, next jsontext.Value) (from jsontext.Value, done bool, err error) {
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
		if next, done, err = w.page(); err != nil {
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
