package speckle

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/split"
)

// maxFruitless is how many pages in a row may hold nothing new: rows that move
// while they are read repeat a few, a server that never ends repeats them all.
const maxFruitless = 100

// paged reads every page, and reads again while records are missing that may
// be found.
func (rd *reading) paged(ctx context.Context) error {
	size := rd.pageSize()
	first := &walkthrough{rd: rd, size: size}
	if err := first.run(ctx); err != nil {
		return err
	}
	rd.Keep, rd.Kept, rd.last = nil, nil, nil
	if err := rd.readAgain(ctx, first); err != nil {
		return err
	}
	rd.conclude()
	switch {
	case rd.lacking():
		rd.short(first)
	case first.tied != "" && (rd.stats.Ended || rd.stats.Total < 0):
		p := rd.Query.Paging
		rd.stats.Short = &ShortError{Path: rd.Query.Told(p.Path), Of: p.Noun(), Got: rd.stats.Records, Tied: first.tied, Hint: p.ApartHint()}
	}
	return nil
}

// lacking reports whether fewer distinct records came than the server counts
// for this token. A read that was ended early has no number to be held against.
func (rd *reading) lacking() bool {
	return rd.stats.Total-rd.stats.Hidden > rd.stats.Records && !rd.stats.Ended && !rd.startsLater()
}

// startsLater reports whether the job gives the first cursor: then totalCount
// counts records that it doesn't want.
func (rd *reading) startsLater() bool {
	given, ok := rd.Variables[rd.Query.Paging.CursorVar]
	return ok && given.Kind() != 'n' && string(given) != `""`
}

// pageSize gives the limit to send, 0 to send none: the query has no variable
// for it, or it has its value from the job or the operation.
func (rd *reading) pageSize() int {
	p := rd.Query.Paging
	if p.LimitVar == "" {
		return 0
	}
	if _, given := rd.Variables[p.LimitVar]; given {
		return 0
	}
	if rd.PageSize > 0 {
		return rd.PageSize
	}
	if p.LimitHasDefault {
		return 0
	}
	return p.MaxLimit
}

// givenLimit is the limit that the job or the operation's default asks for.
func (rd *reading) givenLimit() int {
	p := rd.Query.Paging
	if p.LimitVar == "" {
		return 0
	}
	text := cmp.Or(string(rd.Variables[p.LimitVar]), rd.Query.ByDefault(p.LimitVar))
	limit, _ := strconv.Atoi(strings.TrimSpace(text))
	return limit
}

// short says what is missing, and why as far as that can be told.
func (rd *reading) short(first *walkthrough) {
	p := rd.Query.Paging
	s := &ShortError{
		Path: rd.Query.Told(p.Path), Of: p.Noun(), Got: rd.stats.Records, Want: rd.stats.Total - rd.stats.Hidden,
		Rereads: rd.stats.Rereads, Tied: rd.ties.found(), Crowd: rd.crowd,
	}
	if s.Tied == "" && s.Crowd == "" && (s.Rereads == 0 || p.TimeKey == "") {
		s.Cursor = first.edge // nobody has looked whether there are ties
	}
	switch {
	case rd.nameless.all > 0:
		s.Hint = "records came without an id, so it isn't read again: nobody could tell which of them came before"
	case p.Hides():
		s.Hint = "select numberOfHidden beside totalCount: what is behind single sign-on is counted and not given"
	case p.IDKey == "" && p.HasID():
		s.Hint = "select id inside " + p.Items + ": then it is read again and joined"
	case s.Crowd != "":
		s.Hint = p.ApartHint()
	case p.LimitVar == "":
		s.Hint = "pass the limit as a variable: then it is read again with another page size"
	case s.Rereads > 0:
		s.Hint = "records that the token may not see are counted too; complete: warn publishes what there is"
	}
	if rd.stats.Short != nil {
		rd.warnf("%s", rd.stats.Short)
	}
	rd.stats.Short = s
}

// conclude turns what the check has found into Short and warnings.
func (rd *reading) conclude() {
	if p := rd.Query.Paging; p != nil {
		rd.warnHidden(strings.Join(p.Path, "."), rd.stats.Hidden)
		if rd.nameless.all > 0 {
			rd.warnf("%s", rd.nameless.warning(rd.Query.Told(p.Path)))
		}
	}
	rd.mended.tell(rd)
	rd.check.silent.tell(rd.warnf)
	for _, c := range rd.check.paths {
		rd.warnHidden(c.path, c.all.hidden)
		if c.all.cut > 0 {
			rd.warnf("only the first %d of %s are exported%s, as its limit says", c.limit, c.path, inRecords(c.all.cut))
		}
		if c.all.full > 0 && rd.Complete {
			rd.warnf("%s", fullWarning(c.size, c.path, c.all.full))
		}
		if c.all.short == 0 {
			continue
		}
		s := &ShortError{Path: c.path, Got: c.all.got, Want: c.all.want, Records: c.all.short,
			Hint: "give it a larger limit, or page it in a job of its own"}
		if rd.stats.Short == nil {
			rd.stats.Short = s
		} else {
			rd.warnf("%s", s)
		}
	}
}

// walkthrough is one reading of all pages, from the first to the last, or a
// look into one gap between two.
type walkthrough struct {
	rd    *reading
	size  int   // limit to send, 0: none
	again bool  // records were delivered before
	gap   *stop // nil: it begins at the first page and ends at the last

	cursors   map[string]bool // all that were sent or received
	pages     int             // with records
	rows      int64           // read, repeated ones too
	largest   int             // most records in a page
	fruitless int             // pages in a row with nothing new
	edge      string          // the last cursor that is a time
	known     int64           // when it reads again: records that were delivered before, up to the page under way
	earlier   []found         // recovered before this walk

	overlap string // the cursor behind which the page under way begins, once more with its time; "" none
	packed  string // the time of all rows of the page before, when they fill it
	tied    string // a time that more records share, perhaps, than a page holds

	meetings  int    // pages that were held against what was kept
	replaying bool   // the page under way was kept
	stretched int    // limit to send while rows of one time fill a page, 0: size
	excluded  []byte // ids that are left out, while rows of one time fill pages
}

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
		next, done, err := w.page()
		if err != nil {
			if back := rd.call.takeBack(); back != nil {
				return back
			}
			return err
		}
		if !done {
			next, done, err = w.resume(next)
		}
		if done || err != nil || w.over(next) {
			return err
		}
		if cursor = w.from(next); cursor == nil {
			return nil
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

// page judges the page that was fetched, makes it stand and gives the cursor
// of the next one.
func (w *walkthrough) page() (next jsontext.Value, done bool, err error) {
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
	// A page that adds nothing isn't told, but for the first: an empty
	// collection has a page too.
	if w.again || w.overlap != "" || w.replaying {
		w.known += rd.repeats - rd.lapped
		rd.repeats = 0 // what was asked for again is none
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
	}
	err = rd.end(data)
	w.stop(text)
	if err == nil {
		w.keepPage(data, done)
	}
	return next, done, err
}

// complete reports whether the page under way is seen to be the last one, so
// that nobody has to ask for an empty page behind it: it is shorter than asked
// and than one before it (a server may clamp its pages without a word), and all
// that the server counts has come. A total of 0 says nothing.
func (w *walkthrough) complete(items int) bool {
	rd := w.rd
	if w.again || w.gap != nil || w.excluded != nil || w.replaying || w.overlap != "" || rd.seen == nil ||
		rd.nameless.all+rd.nameless.page > 0 || rd.startsLater() {
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

// total notes a totalCount. 0 and null say nothing: Speckle gives 0 for the
// children of objects that came over REST. The last one counts, because rows
// come and go while pages are read.
func (rd *reading) total(value jsontext.Value) {
	if n, is := countOf(value); is && n > 0 {
		rd.stats.Total = n
	}
}
