package fake

import (
	"slices"
	"sync"
	"time"
)

// Kind says what a [Fault] does to an answer.
type Kind string

// Faults of the way: the request is never executed.
const (
	// HTMLStatus answers Status (502 unless given) with a proxy's HTML page.
	HTMLStatus Kind = "html status"
	// HTMLPage answers 200 with an HTML page, as a login portal does.
	HTMLPage Kind = "html page"
	// AuthContext answers 500 {"error":"Unknown Auth context error"}.
	AuthContext Kind = "auth context"
	// TokenRefused answers 403 {"error":"Your token is not valid."}.
	TokenRefused Kind = "token refused"
	// RateLimited answers the middleware's 429, with Wait as retry-after.
	RateLimited Kind = "rate limited"
	// RateLimitedInside answers a resolver's 429, which has no retry-after.
	RateLimitedInside Kind = "rate limited inside"
	// Redirect answers Status (307 unless given) with To as its location.
	Redirect Kind = "redirect"
	// Reset resets the connection before an answer.
	Reset Kind = "reset"
	// Hang never answers; the connection stays open.
	Hang Kind = "hang"
)

// Faults of execution: the server answers, but in trouble.
const (
	// InternalError answers 200 with INTERNAL_SERVER_ERROR and data null.
	InternalError Kind = "internal error"
	// ErrorCode answers 200 with Code and Status in the extensions, data null.
	ErrorCode Kind = "error code"
	// DataNull answers {"data":null}, with no error.
	DataNull Kind = "data null"
	// ErrorsBeside puts an error behind otherwise whole data.
	ErrorsBeside Kind = "errors beside"
)

// Faults of pages: the answer is well-formed, and not the truth. They bear on
// the collection that the operation pages through, or its only one.
const (
	// NullCollection makes the collection null.
	NullCollection Kind = "null collection"
	// NullItems makes the list of items null.
	NullItems Kind = "null items"
	// EmptyPage takes the items away and leaves the cursor.
	EmptyPage Kind = "empty page"
	// EarlyEnd makes the cursor null although there is more.
	EarlyEnd Kind = "early end"
	// RepeatCursor gives back the cursor that was sent, from page 2 on.
	RepeatCursor Kind = "repeated cursor"
	// WrongTotal makes totalCount Rows, whatever there is.
	WrongTotal Kind = "wrong total"
	// NullTotal makes totalCount null.
	NullTotal Kind = "null total"
	// Overlap begins a page with the last Rows (1 unless given) of the one before.
	Overlap Kind = "overlap"
	// Ties gives Rows (7 unless given) rows, from row From, one timestamp.
	Ties Kind = "ties"
	// Shift touches the last row before each page after the first, which
	// moves it to the front, where the reader has been.
	Shift Kind = "shift"
	// CutNested cuts lists within items to Rows (0 unless given), their
	// totalCount as before.
	CutNested Kind = "cut nested"
	// Late keeps the newest row of a list back while it befalls a request. Where
	// it doesn't, as behind an After, the row is there, stamped Wait before the
	// server's start: so does a transaction that commits late.
	Late Kind = "late"
	// SignOnOver keeps the oldest Rows (1 unless given) of a user's projects
	// back, as of a workspace whose single sign-on has run out: they are counted,
	// and numberOfHidden says so.
	SignOnOver Kind = "sign-on over"
)

// Faults of the body: executed, and spoiled on its way.
const (
	// CutBody ends the connection in the middle of the body.
	CutBody Kind = "cut body"
	// ShortBody sends half of the JSON as a complete answer.
	ShortBody Kind = "short body"
	// TrailingGarbage puts text behind the JSON.
	TrailingGarbage Kind = "trailing garbage"
	// BrokenText puts half a surrogate pair, and a byte that is no UTF-8, before
	// the first Rows (1 unless given) names.
	BrokenText Kind = "broken text"
	// NoEnd goes on with items on the page, for ever.
	NoEnd Kind = "no end"
	// Text answers 200 with To as it is, called Code (application/json unless given).
	Text Kind = "text"
	// EmptyBody answers 200 with nothing.
	EmptyBody Kind = "empty body"
	// Stall sends half of the body and then nothing, the connection open.
	Stall Kind = "stall"
	// Endless goes on with spaces behind the JSON, for ever.
	Endless Kind = "endless"
	// Slow waits for Wait before it answers.
	Slow Kind = "slow"
	// ClockOff puts the Date of an answer Wait ahead of the clock, or behind it.
	ClockOff Kind = "clock off"
)

// Kinds are all faults, in no order that means anything.
var Kinds = []Kind{
	HTMLStatus, HTMLPage, AuthContext, TokenRefused, RateLimited, RateLimitedInside, Redirect, Reset, Hang,
	InternalError, ErrorCode, DataNull, ErrorsBeside,
	NullCollection, NullItems, EmptyPage, EarlyEnd, RepeatCursor, WrongTotal, NullTotal, Overlap, Ties, Shift, Late, CutNested, SignOnOver,
	CutBody, ShortBody, TrailingGarbage, BrokenText, NoEnd, Text, EmptyBody, Stall, Endless, Slow, ClockOff,
}

// Fault is one thing that goes wrong, and when. Without a When field set, it
// goes wrong for every GraphQL request until the faults are set anew.
type Fault struct {
	Kind Kind

	// When: all that are set have to agree.

	// Page counts the pages of one reading from 1; 0: any page. A request
	// without a cursor begins a new reading.
	Page int
	// Operation is the operation's name.
	Operation string
	// Token is the id of the token used.
	Token string
	// After lets the first so many requests that agree pass.
	After int
	// Times is how many requests it befalls after that; 0: all.
	Times int

	// What, by kind.

	Status int           // HTMLStatus, Redirect, ErrorCode
	Code   string        // ErrorCode; DATABASE_ERROR unless given. Text
	Wait   time.Duration // Slow, RateLimited, Late, ClockOff
	To     string        // Redirect, Text
	Rows   int           // WrongTotal, Overlap, Ties, CutNested, SignOnOver, BrokenText
	From   int           // Ties
}

// faults is the state behind SetFaults.
type faults struct {
	mu       sync.Mutex
	list     []*armed
	readings map[string]*reading
}

// armed is a fault with its count of requests.
type armed struct {
	Fault

	passed, done int
	touched      []string // Shift: ids in the order they were touched
}

// reading is what one reader has asked for so far, for the page's number.
type reading struct{ cursors []string }

// maxReadings bounds the memory of page numbers.
const maxReadings = 4096

func (f *faults) set(list []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
	for _, fault := range list {
		f.list = append(f.list, &armed{Fault: fault})
	}
}

// page gives the number of a request in its reading.
func (f *faults) page(key string, cursor string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.readings) > maxReadings || f.readings == nil {
		f.readings = map[string]*reading{}
	}
	r := f.readings[key]
	if r == nil || cursor == "" {
		r = &reading{}
		f.readings[key] = r
	}
	at := slices.Index(r.cursors, cursor)
	if at < 0 {
		r.cursors = append(r.cursors, cursor)
		at = len(r.cursors) - 1
	}
	// Page 1 has no cursor; a reading that was joined half-way counts from 2.
	if cursor != "" && r.cursors[0] != "" {
		at++
	}
	return at + 1
}

// hit is a fault that befalls one request.
type hit struct {
	*armed

	fresh bool // Shift: this request touches another row
}

// take gives the faults that befall a request, and counts it.
func (f *faults) take(operation, token string, page int) []hit {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []hit
	for _, a := range f.list {
		if a.Operation != "" && a.Operation != operation || a.Token != "" && a.Token != token {
			continue
		}
		due := a.due(page)
		if due {
			a.done++
		}
		// A row that was touched stays touched for everyone who comes later, and
		// a late one has come.
		if due || a.Kind == Shift || a.Kind == Late {
			out = append(out, hit{a, due})
		}
	}
	return out
}

// due says whether a fault befalls a request of this page, which it counts.
func (a *armed) due(page int) bool {
	if a.Page != 0 && a.Page != page || a.Kind == Shift && page < 2 {
		return false
	}
	if a.passed < a.After {
		a.passed++
		return false
	}
	return a.Times == 0 || a.done < a.Times
}
