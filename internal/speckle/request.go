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
	// GoesOn is told, before another page is asked for, that those so far stand, in
	// their order: reading again may put records between. May be nil.
	GoesOn func()
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

	own bool // this program's own: who asks judges what is missing
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

// Plain is one request beside GraphQL: to an address of the client's own
// server, with its token, limits and tries.
type Plain struct {
	Path    string // below the server's address, "/api/v2/…", escaped
	Body    []byte // JSON that is posted; nil: a GET
	Accept  string
	What    string // what is asked for, as errors call it: "the files of version 3f9a"
	Objects bool   // of the routes that give objects, which take fewer requests a second
	Budget  *Budget
	// Take gets a good answer's body. A try that breaks off is forgotten, and Take
	// called anew: it begins where it began. An error of its own ends the tries,
	// unless that is an Error that may pass.
	Take func(body io.Reader) error
}

// PlainStats say how an Ask of Plain went, also a failed one.
type PlainStats struct {
	Requests int
	Bytes    int64 // of answers, decompressed
	Clock    Clock
}

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
