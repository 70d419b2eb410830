package speckle

import (
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
