package speckle

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/query"
)

// Request is one query to read to its end.
type Request struct {
	Query       *query.Query
	Variables   map[string]jsontext.Value // sent as they are
	KeepPartial bool                      // keep data that comes beside errors; the errors become warnings
	Complete    bool                      // read again when records are missing
	PageSize    int                       // 0: the largest page that the server gives; not used when Variables set the limit
	Budget      *Budget                   // of bytes, shared by Reads; nil: none
	Progress    func(Progress)            // after every page; may be nil
	// GoesOn is called before each further page is asked for: the pages so far count, in
	// their order, although reading again may put records between. May be nil.
	GoesOn func()
	// Until ends the read at the first record that it is true for: that one, and those that
	// the server lists behind it, aren't delivered. May be nil.
	Until func(rec []byte) (bool, error)
	// Keep takes the pages for a later Read, Kept gives those of an earlier one. Neither is
	// used for a list that can't be gone on with in its middle. Both may be nil.
	Keep Keeper
	Kept Kept
	// Resumed is called with the page that is asked for behind the kept ones, and with how
	// many records come before it. May be nil.
	Resumed func(page int, records int64)

	own bool // a question of this program's own: its caller judges what is missing
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
	// EndPage says that the records since the last EndPage or DropPage count.
	EndPage(p Page) error
	// DropPage says that they don't: the page is read again, or the run fails.
	DropPage() error
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
	Hidden        int64       // records that the server counts and, as it says, hides from this token
	Ended         bool        // Until ended the read: totalCount says nothing of it then
	Short         *ShortError // nil: nothing is known to be missing
	Warnings      []string
	Resumed       int    // the page at which it went on behind the kept ones; 0: it began anew
	ServerVersion string // "" unless the query asked for serverInfo { version }
	Clock         Clock  // of the server, by all answers
}

// Placer is a Sink that puts records in the server's order: those that reading again recovers
// are delivered behind all others.
type Placer interface {
	// Place says that the records from here on belong behind so many of the records that
	// came before the first Place.
	Place(after int64)
}

// Page is a page without its records.
type Page struct {
	Number  int            // from 1
	Data    jsontext.Value // the answer's data, with [] in place of the records; {} where the query isn't paged
	Records int            // how many were delivered
}

// Plain is one request that isn't GraphQL: to an address of the client's own server, with
// its token, limits and tries.
type Plain struct {
	Path    string // below the server's address, "/api/v2/…", escaped
	Body    []byte // JSON that is posted; nil: a GET
	Accept  string
	What    string // what is asked for, as errors call it: "the files of version 3f9a"
	Objects bool   // it goes to a route that gives objects, which allow fewer requests a second
	Budget  *Budget
	// Take gets a good answer's body. After a try that breaks off it is called anew, and has
	// to begin from the start. An error of its own ends the tries, unless it is an Error
	// that may go away by itself.
	Take func(body io.Reader) error
}

// PlainStats say how an AskPlain went, also a failed one.
type PlainStats struct {
	Requests int
	Bytes    int64 // of answers, decompressed
	Clock    Clock
}

// KeptPage is a kept page without its records.
type KeptPage struct {
	Data jsontext.Value `json:"data"` // the answer's, [] in place of the records
	Tied string         `json:"tied,omitempty"`
}

// Keeper takes the pages of a Read as the server gave them, for a later one. It
// has no error: what it can't keep is read again.
type Keeper interface {
	// Record takes a record of the page under way, valid until it returns.
	Record(rec []byte)
	// EndPage says that the records since the last EndPage or DropPage count.
	EndPage(p KeptPage)
	// DropPage says that they don't.
	DropPage()
}

// Kept gives the pages that an earlier Read of the same list has kept, from the first on: to
// record each record, and to page the rest of each page. It stops at the first error, its
// own or one of theirs.
type Kept func(record func(rec []byte) error, page func(p KeptPage) error) error
