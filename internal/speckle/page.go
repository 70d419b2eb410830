package speckle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/split"
)

// take receives the records of the call.
func (rd *reading) take(record, id []byte) error {
	if record[0] == 'n' && !rd.ended {
		rd.nulls++ // the answer's errors should say why
	}
	if record[0] == 'n' || rd.ended {
		return nil
	}
	if err := rd.fields(record); err != nil {
		return err
	}
	named := identifies(id)
	if rd.again && (!named || rd.beyond(record)) {
		return nil // without an id it isn't known whether it came before; beyond, another gap is for it
	}
	if rd.seen != nil && !rd.nameless.take(id) {
		return nil
	}
	if rd.seen != nil && named && (rd.again || rd.uncounted()) {
		rd.ids = append(append(rd.ids, id...), ',')
	}
	rd.ties.look(record, id)
	if rd.Kept != nil {
		rd.last = append(rd.last[:0], record...)
	}
	if rd.seen != nil && named && !rd.seen.add(id) {
		if rd.again && rd.relisted(id) {
			rd.lapped++
		}
		rd.repeats++
		return nil
	}
	if rd.again {
		rd.place(record)
	} else if rd.stats.Records == 0 && rd.page == 0 && rd.Query.Paging != nil {
		rd.newest = rd.timeIn(record)
	}
	if rd.Query.Paging == nil {
		rd.root, rd.void = rd.nullRoot(record), holdsNothing(record)
	}
	if rd.Until != nil {
		var err error
		rd.ended, err = rd.Until(record)
		if err != nil || rd.ended {
			return err
		}
	}
	rd.check.record(record)
	if rd.doomed() {
		return nil
	}
	rd.keepRecord(record, id)
	rd.page++
	rd.mended.record(rd.call, rd.stats.Pages+1)
	return rd.sink.Record(record)
}

// fields refuses a record that can't have the fields that the query asks for. A list of
// texts has no ids to ask for.
func (rd *reading) fields(record []byte) error {
	if record[0] == '{' || rd.seen == nil {
		return nil
	}
	path := strings.Join(rd.Query.Paging.Path, ".")
	return &Error{Kind: BadAnswer, Status: 200, Path: path, Message: path + ": a record is " + wordOf(record[0]) +
		", where the query asks for fields of an object"}
}

// wordOf names what a JSON value is by its first character.
func wordOf(first byte) string {
	switch first {
	case '"':
		return "a text"
	case '[':
		return "a list"
	case 't', 'f':
		return "true or false"
	default:
		return "a number"
	}
}

// forget takes back the page under way.
func (rd *reading) forget() error {
	emitted := rd.page > 0
	rd.renew()
	if rd.Keep != nil {
		rd.Keep.DropPage()
	}
	rd.check.forget()
	if rd.seen != nil {
		rd.seen.forget()
	}
	if !emitted {
		return nil
	}
	return rd.sink.DropPage()
}

// renew forgets what was found in the page under way.
func (rd *reading) renew() {
	rd.nameless.page, rd.mended.page = 0, mends{}
	rd.page, rd.repeats, rd.nulls, rd.root, rd.ended = 0, 0, 0, nil, false
	rd.check.holes = nil
	rd.lapped, rd.ids, rd.pending = 0, rd.ids[:0], rd.pending[:0]
	if rd.again {
		rd.placed = -1 // the sink forgets it with the page
	}
}

// fetch sends one request, and refuses an answer that lacks something. An answer that was
// refused for nulls which its server allows is asked for once more.
func (rd *reading) fetch(ctx context.Context, variables map[string]jsontext.Value) error {
	for {
		holes, err := rd.fetchOnce(ctx, variables)
		if err == nil || !rd.excused(ctx, holes) {
			return err
		}
	}
}

// fetchOnce gives, beside the error, the holes where they alone are the reason for it.
func (rd *reading) fetchOnce(ctx context.Context, variables map[string]jsontext.Value) ([]*hole, error) {
	x := rd.call
	rd.renew()
	x.limit, x.plan.Most = rd.pageBound(variables)
	err := rd.client.send(ctx, x, variables)
	rd.stats.Requests += x.tries
	rd.stats.Bytes += x.bytes
	x.bytes = 0
	rd.stats.Clock.Join(x.clock)
	if err != nil {
		return nil, err
	}
	if err := rd.stands(); err != nil {
		holes := rd.reason()
		if back := x.takeBack(); back != nil {
			return nil, errors.Join(err, back)
		}
		return holes, err
	}
	return nil, nil
}

// maxFruitless is how many pages in a row may hold nothing new. Rows that move while they
// are read repeat a few pages; a server whose list never ends repeats them all.
const maxFruitless = 100

// page judges the page that was fetched, delivers it, and gives the cursor of the next one.
func (w *walkthrough) page(ctx context.Context) (next jsontext.Value, done bool, err error) {
	rd, p := w.rd, w.rd.Query.Paging
	data := rd.call.answer.data
	at := data
	for _, key := range p.Path {
		at = split.Member(at, key)
	}
	if w.excluded == nil && !w.replaying {
		rd.total(split.Member(at, p.TotalKey))
		rd.hidden(split.Member(at, p.HiddenKey))
	}
	if twice := split.Twice(at, p.TotalKey, p.CursorKey, p.HiddenKey); twice != "" {
		return nil, false, w.bad(BadAnswer, twice+" stands there twice")
	}
	next = split.Member(at, p.CursorKey)
	items := rd.call.items
	if w.packed != "" && items > 0 {
		w.tied = w.packed
	}
	switch {
	case next == nil:
		return nil, false, w.bad(BadAnswer, "the answer lacks the cursor")
	case rd.ended:
		rd.stats.Ended, done = true, true
	case next.Kind() == 'n' || string(next) == `""` || items == 0 || w.complete(items):
		done = true
	case w.cursors[string(next)] && string(next) != w.overlap && !w.replaying:
		return nil, false, w.bad(PagingFault, "the server gives the cursor "+rd.client.words.Line(string(next), MaxSaid)+
			" again: its pages would never end")
	}
	text := string(next)
	w.cursors[text] = true
	if err := w.progress(items, next); err != nil && !done {
		return nil, false, err
	}
	// A page that adds nothing isn't delivered, except for the first: an empty collection
	// has a page, too.
	if w.again || w.overlap != "" || w.replaying {
		w.known += rd.repeats - rd.lapped
		rd.repeats = 0 // records that were asked for again don't count as duplicates
	}
	if first := rd.stats.Pages == 0 && (w.pages == 0 || rd.ended); rd.page == 0 && (w.again || !first) {
		rd.call.given = false
		rd.stats.Duplicates += rd.repeats
		rd.progress()
		w.stop(text)
		return next, done, nil
	}
	if rd.stats.Pages == 0 {
		rd.check.data(data)
		rd.version(data)
		if err := rd.holed(); err != nil && rd.call.partial == nil && !rd.excused(ctx, rd.reason()) {
			return nil, false, err
		}
	}
	err = rd.end(data)
	w.stop(text)
	if err == nil {
		w.keepPage(data, done)
	}
	return next, done, err
}

// complete reports whether the page under way is certainly the last one, so that no empty
// page behind it has to be asked for. It is shorter than asked for and than the pages before
// it (a server may give smaller pages than asked for), and all records that the server
// counts have come. A total of 0 says nothing.
func (w *walkthrough) complete(items int) bool {
	rd := w.rd
	if w.again || w.gap != nil || w.excluded != nil || w.replaying || w.overlap != "" || rd.seen == nil ||
		rd.nameless.all+rd.nameless.page > 0 {
		return false
	}
	asked := cmp.Or(w.stretched, w.size, rd.givenLimit())
	return items < asked && (w.pages == 0 || items < w.largest) &&
		rd.stats.Total > 0 && rd.stats.Records+int64(rd.page) >= rd.stats.Total-rd.stats.Hidden
}

// progress refuses pages that lead nowhere.
func (w *walkthrough) progress(items int, next jsontext.Value) error {
	rd := w.rd
	if items > 0 {
		w.pages++
	}
	w.rows += int64(items)
	w.largest = max(w.largest, items)
	if edge := timeOf(next); edge != "" {
		w.edge = edge
	}
	w.fruitless++
	if rd.page > 0 || w.again {
		w.fruitless = 0
	}
	switch {
	case w.fruitless > maxFruitless:
		return w.bad(PagingFault, fmt.Sprintf("%d pages in a row hold nothing new", w.fruitless))
	case w.again && w.rows > 2*max(rd.stats.Total, rd.stats.Records)+1000:
		return w.bad(PagingFault, fmt.Sprintf("reading again gave %d records of %d and doesn't end", w.rows, rd.stats.Total))
	case rd.seen == nil && rd.stats.Total > 0 && w.rows > 10*rd.stats.Total+100_000:
		return w.bad(PagingFault, fmt.Sprintf("the server gave %d records where it counts %d, and doesn't end", w.rows, rd.stats.Total))
	}
	return nil
}

func (w *walkthrough) bad(kind Kind, what string) error {
	path := strings.Join(w.rd.Query.Paging.Path, ".")
	return &Error{Kind: kind, Status: 200, Path: path, Message: path + ": " + what}
}

// total notes a totalCount. 0 says nothing: Speckle gives it for the children of
// objects that came over REST. The last one counts, because rows come and go
// while pages are read.
func (rd *reading) total(value jsontext.Value) {
	n, is := countOf(value)
	switch {
	case rd.Query.Paging.TotalKey == "":
	case !is:
		rd.uncountable = cmp.Or(rd.uncountable, rd.client.words.Line(string(value), maxCount), "nothing")
	case n > 0:
		rd.stats.Total = n
	default:
		rd.zero = true
	}
}

// maxCount is how many characters are shown of a totalCount that is no number.
const maxCount = 40

// cannotTell warns of a list whose totalCount never was a number: whether the list is
// complete isn't known. A list that is ended early isn't complete anyway.
func (rd *reading) cannotTell() {
	if rd.uncountable == "" || rd.stats.Total > 0 || rd.zero || rd.stats.Ended {
		return
	}
	rd.warnf("%s: totalCount came as %s, so nobody can tell whether the list is whole",
		rd.Query.Readable(rd.Query.Paging.Path), rd.uncountable)
}

// end ends the page under way: it counts from now on, and won't be taken back.
func (rd *reading) end(data jsontext.Value) error {
	rd.call.given = false
	if rd.seen != nil {
		rd.seen.commit()
	}
	if rd.call.partial != nil {
		rd.check.explained()
	}
	rd.check.commit()
	rd.nameless.commit()
	rd.mended.commit(rd.call, rd.stats.Pages+1)
	rd.stats.Pages++
	rd.stats.Records += int64(rd.page)
	rd.stats.Duplicates += rd.repeats
	for _, f := range rd.pending {
		rd.recovered = regain(rd.recovered, f)
		rd.stats.Recovered += f.n
	}
	if err := rd.sink.EndPage(Page{Number: rd.stats.Pages, Data: data, Records: rd.page}); err != nil {
		return err
	}
	rd.progress()
	return nil
}
