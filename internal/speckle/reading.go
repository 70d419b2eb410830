package speckle

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"
)

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

	uncountable string // the first totalCount that is no count, "" none
	zero        bool   // one was 0

	excludes *query.Exclusion // nil: not known yet, or there is none
	nameless nameless
	mended   mended

	blunt  bool // the server can't leave records out by their ids
	narrow bool // nor give larger pages
}

// stop is where a page of the first reading ended.
type stop struct {
	cursor  string // as the server gave it; "" when it is no time
	records int64  // that were delivered so far
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

// found are n recovered records in one place.
type found struct {
	after  int64 // so many records of the first reading precede them
	n      int64
	before int64 // how many recovered ones do, in a sorted list
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

// maxVersion is how many characters of a server's version are kept.
const maxVersion = 80

// version notes the server's version, when the query asked for it.
func (rd *reading) version(data []byte) {
	for _, n := range rd.Query.Root().Children {
		if n.Name != "serverInfo" || n.Named("version") == nil {
			continue
		}
		_ = json.Unmarshal(split.Member(split.Member(data, n.Key), n.Named("version").Key), &rd.stats.ServerVersion)
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

// resizable reports whether another limit changes nothing in the records.
func (rd *reading) resizable() bool {
	p := rd.Query.Paging
	return p.LimitVar != "" && slices.Contains(p.Narrows, p.LimitVar)
}

// uncounted reports whether no totalCount will tell of what is skipped.
func (rd *reading) uncounted() bool { return rd.Until != nil || rd.Query.Paging.TotalKey == "" }
