package speckle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/said"
)

// Request is one query to read to its end.
type Request struct {
	Query       *Query
	Variables   map[string]jsontext.Value // sent as they are
	KeepPartial bool                      // keep data that comes beside errors; the errors become warnings
	Complete    bool                      // read again when records are missing
	PageSize    int                       // 0: the largest page that the server gives; not used when Variables set the limit
	Budget      *Budget                   // of bytes, shared by Reads; nil: none
	Progress    func(Progress)            // after every page; may be nil
	// Until ends the read of pages at the first record that it is true for:
	// that one, and what the server lists behind it, isn't delivered. May be nil.
	Until func(rec []byte) (bool, error)
	// Keep takes the pages for a later Read, Kept gives those of an earlier one.
	// Where the list doesn't allow to go on in its middle, neither is used. Both
	// may be nil.
	Keep Keeper
	Kept Kept
	// Resumed is told the page that is asked for behind those that were kept, and
	// how many records there are before it. May be nil.
	Resumed func(page int, records int64)
}

// Progress is where a Read is.
type Progress struct {
	Pages   int
	Records int64
	Total   int64 // -1: unknown
	Bytes   int64
	Again   bool // records were missing at the end, and are looked for
}

// Sink takes what a Read delivers, in order.
type Sink interface {
	// Record takes one compact JSON value, valid until it returns. Records
	// whose id was delivered before don't come.
	Record(rec []byte) error
	// EndPage says that the records since the last EndPage or DropPage stand.
	EndPage(p Page) error
	// DropPage says to forget them: the page is read again, or the run fails.
	DropPage() error
}

// Placer is a Sink that puts records where the server lists them: those that
// reading again recovers come behind all others.
type Placer interface {
	// Place says that the records from here on belong behind the first after
	// records of those that came before any Place.
	Place(after int64)
}

// Page is what stood around a page's records.
type Page struct {
	Number  int            // from 1
	Data    jsontext.Value // the answer's data, [] in place of the records; {} when the query isn't paged
	Records int            // that were delivered
}

// Stats say how a Read went, also a failed one.
type Stats struct {
	Pages         int // delivered
	Requests      int // sent, with tries and pages read again
	Records       int64
	Total         int64 // what the last totalCount above 0 said; -1 unknown
	Duplicates    int64 // records that came again under an id already delivered
	Bytes         int64 // of answers
	Rereads       int
	Recovered     int64       // records that came by reading again
	Hidden        int64       // records that the server counts and keeps from this token, as it says itself
	Ended         bool        // Until ended it: totalCount says nothing of it then
	Short         *ShortError // nil: nothing is known to be missing
	Warnings      []string
	Resumed       int    // the page at which it went on behind those that were kept; 0: it began anew
	ServerVersion string // "" unless the query asked for serverInfo { version }
	Clock         Clock  // of the server, by all answers
}

// Read sends a query and delivers its records to sink: those of all pages, or
// data as the one record of a query that isn't paged. An error means that sink
// holds a part only. Stats.Short means that the server counts more records
// than it gave.
func (c *Client) Read(ctx context.Context, r Request, sink Sink) (Stats, error) {
	rd := &reading{client: c, Request: r, sink: sink, check: newCheck(r.Query, r.Variables), stats: Stats{Total: -1}, known: map[string]bool{}}
	rd.placed = -1
	rd.call = &call{query: r.Query, plan: planFor(r.Query), limits: c.limits, words: c.words, budget: r.Budget, take: rd.take, forget: rd.forget}
	var err error
	if p := r.Query.Paging; p == nil {
		err = rd.single(ctx)
	} else {
		if p.IDKey != "" {
			rd.seen = newSeen()
		}
		if !rd.resumable() {
			rd.Keep, rd.Kept = nil, nil
		}
		err = rd.paged(ctx)
	}
	return rd.stats, err
}

// Ask sends a query that isn't paged and gives its data.
func (c *Client) Ask(ctx context.Context, q *Query, variables map[string]jsontext.Value) (jsontext.Value, error) {
	var k keeper
	_, err := c.Read(ctx, Request{Query: q, Variables: variables}, &k)
	return k.data, err
}

// keeper is a Sink for one small record.
type keeper struct{ data jsontext.Value }

func (k *keeper) Record(rec []byte) error {
	k.data = append(k.data[:0], rec...)
	return nil
}
func (k *keeper) EndPage(Page) error { return nil }

func (k *keeper) DropPage() error {
	k.data = nil
	return nil
}

// reading is one Read under way.
type reading struct {
	Request
	client *Client
	sink   Sink
	call   *call
	seen   *seen // nil: the records have no id
	check  *check
	stats  Stats
	known  map[string]bool // warnings given

	page    int    // records of the page under way
	repeats int64  // duplicates in it
	nulls   int    // in the place of records of it
	root    error  // what is wrong with an unpaged answer's data
	void    bool   // an unpaged answer's data holds nothing
	ended   bool   // Until was true in it
	ties    *ties  // nil: nobody looks for them
	last    []byte // last record of the page, while it may meet those that were kept

	ids     []byte // of the page under way, a comma behind each, where rows of one time may fill pages
	lastIDs []byte // of the page before, where this one begins with its end
	lapped  int64  // duplicates for that

	stops     []stop       // where pages ended, in the first reading
	newest    time.Time    // of its first record; zero: not known
	largest   int          // most records in a page of it
	again     bool         // it is over, and records are missing
	walk      *walkthrough // under way
	placed    int64        // what the sink was told last, -1 nothing
	pending   []found      // new records of the page under way, when it reads again
	recovered []found      // and all that stand
	crowd     string       // a time that more records share than could be told apart

	excludes *exclusion // nil: not known yet, or there is none
	nameless nameless
	mended   mended

	blunt  bool // the server can't leave records out by their ids
	narrow bool // nor give larger pages
}

// take is the receiver of the call's records.
func (rd *reading) take(record, id []byte) error {
	if record[0] == 'n' && !rd.ended {
		rd.nulls++ // an error beside it should say why
	}
	if record[0] == 'n' || rd.ended {
		return nil
	}
	named := identifies(id)
	if rd.again && (!named || rd.beyond(record)) {
		return nil // nobody can tell whether it came before, or it is looked for elsewhere
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
		if rd.ended, err = rd.Until(record); err != nil || rd.ended {
			return err
		}
	}
	rd.keepRecord(record, id)
	rd.page++
	rd.mended.record(rd.call, rd.stats.Pages+1)
	rd.check.record(record)
	return rd.sink.Record(record)
}

// forget takes the page under way back.
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
	rd.lapped, rd.ids, rd.pending = 0, rd.ids[:0], rd.pending[:0]
	if rd.again {
		rd.placed = -1 // the sink forgets it with the page
	}
}

// fetch sends one request, and refuses an answer that can't stand.
func (rd *reading) fetch(ctx context.Context, variables map[string]jsontext.Value) error {
	x := rd.call
	rd.renew()
	x.plan.limit, x.plan.most = rd.pageBound(variables)
	err := rd.client.send(ctx, x, variables)
	rd.stats.Requests += x.tries
	rd.stats.Bytes += x.bytes
	x.bytes = 0
	rd.stats.Clock.Join(x.clock)
	if err != nil {
		return err
	}
	if err := rd.stands(); err != nil {
		if back := x.takeBack(); back != nil {
			return errors.Join(err, back)
		}
		return err
	}
	return nil
}

// stands decides on errors beside data, and on nulls where records belong.
func (rd *reading) stands() error {
	x := rd.call
	if partial := x.partial; partial != nil {
		if !rd.KeepPartial || !x.taken {
			return refusedPartial(partial, rd.cameNothing())
		}
		for _, e := range partial.Errors {
			rd.warnf("%s: %s", rd.Query.toldPath(e.Path), e.Message)
		}
		return nil
	}
	if rd.root != nil && rd.KeepPartial && len(rd.Query.root.children) > 1 {
		rd.warnf("%s", rd.root) // what stands beside it is kept
	} else if rd.root != nil {
		return rd.root
	}
	if !x.taken {
		return rd.missing()
	}
	if rd.nulls > 0 {
		return rd.lost()
	}
	return nil
}

// lost says that records came as null, and nothing why.
func (rd *reading) lost() error {
	p := rd.Query.Paging
	keys, are := append(append([]string{}, p.Path...), p.Items), "are null, without an error beside them"
	if rd.nulls == 1 {
		are = "is null, without an error beside it"
	}
	return &Error{
		Kind: BadAnswer, Status: 200, Path: strings.Join(keys, "."),
		Message: fmt.Sprintf("%s: %d of %s %s", rd.Query.told(keys), rd.nulls, said.Count(rd.call.items, "record"), are),
		Hint:    "the server lost them, or the token may not see them and the server doesn't say so",
	}
}

// cameNothing reports whether there is nothing in an answer but nulls.
func (rd *reading) cameNothing() bool {
	if rd.Query.Paging == nil {
		return rd.void
	}
	return rd.call.items == rd.nulls && holdsNothing(rd.call.answer.data)
}

// refusedPartial gives a partial answer's error its kind: what the entries say,
// where that leads to something that a person can do.
func refusedPartial(partial *Error, nothing bool) *Error {
	e := *partial
	if e.Kind == InvalidQuery {
		e.Kind = Partial
	}
	if nothing {
		e.Message = "no data came: " + e.Message
	} else {
		e.Message = "the answer is partial: " + e.Message
	}
	return &e
}

// missing names the first null, or absent, value on the way to the records.
func (rd *reading) missing() error {
	p := rd.Query.Paging
	if p == nil {
		return &Error{Kind: BadAnswer, Status: 200, Path: "data", Message: "data isn't what the query asks for"}
	}
	at, value := []string{}, rd.call.answer.data
	for _, key := range append(append([]string{}, p.Path...), p.Items) {
		at = append(at, key)
		value = member(value, key)
		if value == nil || value.Kind() != '{' {
			break
		}
	}
	path := strings.Join(at, ".")
	what := "is null"
	if value == nil {
		what = "is absent"
	} else if value.Kind() != 'n' {
		what = "isn't what the query asks for"
	}
	if len(at) == 1 && rd.Query.root.child(at[0]).name == "activeUser" {
		return noUser(path)
	}
	if err := rd.nullObject(rd.call.answer.data); err != nil {
		return err
	}
	return &Error{Kind: BadAnswer, Status: 200, Path: path, Message: fmt.Sprintf("%s %s, without an error beside it: there are no records to read", rd.Query.told(at), what),
		Hint: "does it exist, and may the token see it?"}
}

// noUser is what a server's null for activeUser means: it gives no error to a
// request without a token.
func noUser(path string) *Error {
	return &Error{Kind: TokenRefused, Status: 200, Path: path, Message: path + " is null: the server saw no token",
		Hint: "is the token set, and does a proxy remove the Authorization header?"}
}

// nullRoot finds what is null in an unpaged answer and must not be.
func (rd *reading) nullRoot(data []byte) error {
	if err := rd.nullUser(data); err != nil {
		return err
	}
	return rd.nullObject(data)
}

// nullUser finds a root activeUser that is null in an unpaged answer.
func (rd *reading) nullUser(data []byte) error {
	for _, n := range rd.Query.root.children {
		if n.name == "activeUser" && member(data, n.key).Kind() == 'n' {
			return noUser(n.key)
		}
	}
	return nil
}

// single reads a query that isn't paged.
func (rd *reading) single(ctx context.Context) error {
	if err := rd.fetch(ctx, rd.Variables); err != nil {
		return err
	}
	if err := rd.end(jsontext.Value("{}")); err != nil {
		return err
	}
	rd.conclude()
	return nil
}

// end makes the page under way stand.
func (rd *reading) end(data jsontext.Value) error {
	rd.call.given = false
	if rd.seen != nil {
		rd.seen.commit()
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

func (rd *reading) progress() {
	if rd.Progress != nil {
		rd.Progress(Progress{Pages: rd.stats.Pages, Records: rd.stats.Records, Total: rd.stats.Total, Bytes: rd.stats.Bytes, Again: rd.again})
	}
}

// maxWarnings is how many different ones a Read gives.
const maxWarnings = 20

func (rd *reading) warnf(format string, args ...any) {
	text := strings.TrimPrefix(fmt.Sprintf(format, args...), ": ")
	if rd.known[text] || len(rd.known) > maxWarnings {
		return
	}
	rd.known[text] = true
	if len(rd.known) > maxWarnings {
		text = "and more warnings"
	}
	rd.stats.Warnings = append(rd.stats.Warnings, text)
}

// version notes the server's version, when the query asked for it.
func (rd *reading) version(data []byte) {
	for _, n := range rd.Query.root.children {
		if n.name != "serverInfo" || n.named("version") == nil {
			continue
		}
		_ = json.Unmarshal(member(member(data, n.key), n.named("version").key), &rd.stats.ServerVersion)
		rd.stats.ServerVersion = rd.client.words.Line(rd.stats.ServerVersion, maxVersion)
	}
}

func (rd *reading) with(changes map[string]jsontext.Value) map[string]jsontext.Value {
	all := maps.Clone(rd.Variables)
	if all == nil {
		all = map[string]jsontext.Value{}
	}
	maps.Copy(all, changes)
	return all
}
