package speckle_test

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"speckle-runner/internal/speckle"
)

// memoryOf keeps the pages of a read, as a file does.
type memoryOf struct {
	records []string
	ends    []int // of pages, in records
	pages   []speckle.KeptPage
	pending int
}

func (m *memoryOf) Record(rec []byte) {
	m.records = append(m.records, string(rec))
	m.pending++
}

func (m *memoryOf) EndPage(p speckle.KeptPage) {
	p.Data = slices.Clone(p.Data)
	m.ends, m.pages, m.pending = append(m.ends, len(m.records)), append(m.pages, p), 0
}

func (m *memoryOf) DropPage() {
	m.records = m.records[:len(m.records)-m.pending]
	m.pending = 0
}

// kept gives what was kept; after so many records the disk fails, 0: it doesn't.
func (m *memoryOf) kept(fails int) speckle.Kept {
	return func(record func([]byte) error, page func(speckle.KeptPage) error) error {
		at := 0
		for i, end := range m.ends {
			for ; at < end; at++ {
				if fails > 0 && at == fails {
					return errors.New("the disk fails")
				}
				if err := record([]byte(m.records[at])); err != nil {
					return err
				}
			}
			if err := page(m.pages[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

// board is a list that moves: a row that is touched comes to its front.
type board struct {
	t      *testing.T
	rows   []posted // newest first
	at     int64    // the newest time
	made   int
	limit  int
	before func(request int)
	dies   int // at this request; 0: it doesn't
	asked  int
}

type posted struct {
	id, rev int
	at      int64 // milliseconds
}

func (p posted) String() string {
	return fmt.Sprintf(`{"id":"%d","rev":%d,"updatedAt":%q}`, p.id, p.rev, stamp(p.at))
}

func stamp(at int64) string { return time.UnixMilli(at).UTC().Format("2006-01-02T15:04:05.000Z") }

func (b *board) add(apart int64) {
	b.at += apart
	b.made++
	b.rows = append([]posted{{id: b.made, at: b.at}}, b.rows...)
}

func (b *board) touch(place int, apart int64) {
	b.at += apart
	row := b.rows[place]
	row.rev, row.at = row.rev+1, b.at
	b.rows = append([]posted{row}, slices.Delete(b.rows, place, place+1)...)
}

// move does something to the list.
func (b *board) move(dice *rand.Rand) {
	switch n := len(b.rows); {
	case n == 0 || dice.IntN(3) == 0:
		b.add(1 + dice.Int64N(3))
	case dice.IntN(2) == 0:
		b.touch(dice.IntN(n), 1+dice.Int64N(3))
	default:
		i := dice.IntN(n)
		b.rows = slices.Delete(b.rows, i, i+1)
	}
}

func (b *board) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Variables struct {
			Cursor *string
			Limit  int
		}
	}
	text, _ := io.ReadAll(r.Body)
	decode(b.t, string(text), &body)
	b.asked++
	if b.before != nil {
		b.before(b.asked)
	}
	if b.asked == b.dies {
		saying(`{"data":null}`)(w, r)
		return
	}
	var items []string
	cursor := "null"
	for _, row := range b.rows {
		if body.Variables.Cursor != nil && stamp(row.at) >= *body.Variables.Cursor || len(items) == min(body.Variables.Limit, b.limit) {
			continue
		}
		items, cursor = append(items, row.String()), stamp(row.at)
	}
	saying(pageOf(len(b.rows), cursor, items...))(w, r)
}

const boardQuery = `query ($cursor: String, $limit: Int!) { project(id: "p") { models(limit: $limit, cursor: $cursor) { totalCount cursor items { id rev: description updatedAt } } } }`

func (b *board) read(r speckle.Request) outcome {
	r.Complete, r.PageSize = true, b.limit
	b.asked = 0
	return read(b.t, b.t.Context(), job{query: boardQuery, base: direct{b}, request: r})
}

// TestAnyMoveBetweenAttempts breaks a read off anywhere, while the list moves in
// any way, and reads on when it moved on. What isn't called short is the list as it
// is then, each row once and in its order.
func TestAnyMoveBetweenAttempts(t *testing.T) {
	resumed := 0
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			dice := rand.New(rand.NewPCG(seed, 11))
			b := &board{t: t, limit: 1 + dice.IntN(6), at: 1_770_000_000_000}
			for range 20 + dice.IntN(40) {
				apart := int64(1)
				if dice.IntN(10) == 0 {
					apart = 0 // a tie
				}
				b.add(apart)
			}
			moves := []int{0, 0, 1, 2, 5}[dice.IntN(5)]
			b.before = func(int) {
				if moves > 0 && dice.IntN(8) == 0 {
					b.move(dice)
				}
			}
			b.dies = 2 + dice.IntN(len(b.rows)/b.limit)
			kept := &memoryOf{}
			b.read(speckle.Request{Keep: kept})
			b.before, b.dies = nil, 0
			for range dice.IntN(moves + 1) {
				b.move(dice)
			}
			fails := 0
			if dice.IntN(10) == 0 {
				fails = 1 + dice.IntN(20)
			}
			again := &memoryOf{}
			got := b.read(speckle.Request{Keep: again, Kept: kept.kept(fails)})
			if got.stats.Resumed > 0 {
				resumed++
			}
			var want []string
			for _, row := range b.rows {
				want = append(want, row.String())
			}
			newest := func(a, b string) int { return -cmp.Compare(timeIn(a), timeIn(b)) }
			if got.stats.Rereads == 0 && !slices.IsSortedFunc(got.records, newest) {
				t.Errorf("seed %d: out of order: %s", seed, got.records)
			}
			if got.err != nil || got.stats.Short == nil && !sameRows(got.records, want) {
				t.Errorf("seed %d: %v\n got %s\nwant %s", seed, got.err, got.records, want)
			}
			if n := len(again.ends); n > 0 && again.ends[n-1] != len(again.records) {
				t.Errorf("seed %d: a page was kept in part", seed)
			}
		})
	}
	if resumed < 50 {
		t.Errorf("only %d reads went on where they were", resumed)
	}
}

func timeIn(record string) string { return record[strings.LastIndex(record, `:"`):] }

// sameRows compares rows; those of one time have no order.
func sameRows(got, want []string) bool {
	a, b := slices.Clone(got), slices.Clone(want)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// TestAPageInErrorIsNotKept: what came beside errors is asked for again.
func TestAPageInErrorIsNotKept(t *testing.T) {
	kept := &memoryOf{}
	b := &board{t: t, limit: 2, at: 1_770_000_000_000}
	for range 20 {
		b.add(1)
	}
	requests := 0
	read(t, t.Context(), job{query: boardQuery, request: speckle.Request{PageSize: 2, KeepPartial: true, Keep: kept},
		base: directly(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 4 {
				saying(`{"data":{"project":{"models":{"totalCount":20,"cursor":"2026-02-02T02:00:00.000Z","items":[{"id":"x"}]}}},"errors":[{"message":"no"}]}`)(w, r)
				return
			}
			b.ServeHTTP(w, r)
		})})
	if len(kept.pages) != 3 || len(kept.records) != 6 {
		t.Errorf("%d pages, %s", len(kept.pages), kept.records)
	}
}
