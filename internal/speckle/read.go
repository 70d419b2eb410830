package speckle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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
}

// Progress is where a Read is.
type Progress struct {
	Pages   int
	Records int64
	Total   int64 // -1: unknown
	Bytes   int64
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
	Hidden        int64       // records that the server counts and keeps from this token, as it says itself
	Ended         bool        // Until ended it: totalCount says nothing of it then
	Short         *ShortError // nil: nothing is known to be missing
	Warnings      []string
	ServerVersion string // "" unless the query asked for serverInfo { version }
	Clock         Clock  // of the server, by all answers
}

// Read sends a query and delivers its records to sink: those of all pages, or
// data as the one record of a query that isn't paged. An error means that sink
// holds a part only. Stats.Short means that the server counts more records
// than it gave.
func (c *Client) Read(ctx context.Context, r Request, sink Sink) (Stats, error) {
	rd := &reading{client: c, Request: r, sink: sink, check: newCheck(r.Query, r.Variables), stats: Stats{Total: -1}, known: map[string]bool{}}
	rd.call = &call{query: r.Query, plan: planFor(r.Query), limits: c.limits, budget: r.Budget, take: rd.take, forget: rd.forget}
	var err error
	if p := r.Query.Paging; p == nil {
		err = rd.single(ctx)
	} else {
		if p.IDKey != "" {
			rd.seen = newSeen()
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

	page    int   // records of the page under way
	repeats int64 // duplicates in it
	nulls   int   // in the place of records of it
	root    error // what is wrong with an unpaged answer's data
	ended   bool  // Until was true in it
	ties    *ties // nil: nobody looks for them

	nameless nameless
	mended   mended
}

// take is the receiver of the call's records.
func (rd *reading) take(record, id []byte) error {
	if record[0] == 'n' && !rd.ended {
		rd.nulls++ // an error beside it should say why
	}
	if record[0] == 'n' || rd.ended {
		return nil
	}
	if rd.seen != nil && !rd.nameless.take(id) {
		return nil
	}
	rd.ties.look(record, id)
	if rd.seen != nil && identifies(id) && !rd.seen.add(id) {
		rd.repeats++
		return nil
	}
	if rd.Query.Paging == nil {
		rd.root = rd.nullUser(record)
	}
	if rd.Until != nil {
		var err error
		if rd.ended, err = rd.Until(record); err != nil || rd.ended {
			return err
		}
	}
	rd.page++
	rd.mended.record(rd.call, rd.stats.Pages+1)
	rd.check.record(record)
	return rd.sink.Record(record)
}

// forget takes the page under way back.
func (rd *reading) forget() error {
	emitted := rd.page > 0
	rd.nameless.page, rd.mended.page = 0, mends{}
	rd.page, rd.repeats, rd.nulls, rd.root, rd.ended = 0, 0, 0, nil, false
	rd.check.forget()
	if rd.seen != nil {
		rd.seen.forget()
	}
	if !emitted {
		return nil
	}
	return rd.sink.DropPage()
}

// fetch sends one request, and refuses an answer that can't stand.
func (rd *reading) fetch(ctx context.Context, variables map[string]jsontext.Value) error {
	x := rd.call
	rd.nameless.page, rd.mended.page = 0, mends{}
	rd.page, rd.repeats, rd.nulls, rd.root, rd.ended = 0, 0, 0, nil, false
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
			return refusedPartial(partial)
		}
		for _, e := range partial.Errors {
			rd.warnf("%s: %s", e.Path, e.Message)
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
	path := strings.Join(append(append([]string{}, p.Path...), p.Items), ".")
	return &Error{Kind: BadAnswer, Status: 200, Path: path, Message: fmt.Sprintf("%s: %d of %d records are null, without an error beside them", path, rd.nulls, rd.call.items),
		Hint: "the server lost them, or the token may not see them and the server doesn't say so"}
}

// refusedPartial gives a partial answer's error its kind: what the entries say,
// where that leads to something that a person can do.
func refusedPartial(partial *Error) *Error {
	e := *partial
	if e.Kind == InvalidQuery {
		e.Kind = Partial
	}
	e.Message = "the answer is partial: " + e.Message
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
	return &Error{Kind: BadAnswer, Status: 200, Path: path, Message: fmt.Sprintf("%s %s, without an error beside it: there are no records to read", path, what),
		Hint: "does it exist, and may the token see it?"}
}

// noUser is what a server's null for activeUser means: it gives no error to a
// request without a token.
func noUser(path string) *Error {
	return &Error{Kind: TokenRefused, Status: 200, Path: path, Message: path + " is null: the server saw no token",
		Hint: "is the token set, and does a proxy remove the Authorization header?"}
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
	if err := rd.sink.EndPage(Page{Number: rd.stats.Pages, Data: data, Records: rd.page}); err != nil {
		return err
	}
	rd.progress()
	return nil
}

func (rd *reading) progress() {
	if rd.Progress != nil {
		rd.Progress(Progress{Pages: rd.stats.Pages, Records: rd.stats.Records, Total: rd.stats.Total, Bytes: rd.stats.Bytes})
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
