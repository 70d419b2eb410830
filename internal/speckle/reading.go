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
	repeats int64  // duplicates in the page under way
	nulls   int    // nulls in place of records in the page under way
	root    error  // what is wrong with an unpaged answer's data
	void    bool   // an unpaged answer's data holds nothing
	ended   bool   // Until was true for a record of the page under way
	ties    *ties  // nil: rows of the same time aren't looked for
	last    []byte // last record of the page, while Kept may have it, too

	ids     []byte // ids of the page under way, a comma behind each, where rows of one time may fill pages
	lastIDs []byte // ids of the page before, where this page begins with its end
	lapped  int64  // duplicates because of that

	// Of the first reading:
	stops   []stop    // where its pages ended
	newest  time.Time // time of its first record; zero: not known
	largest int       // most records in one of its pages

	again     bool         // the first reading is over, and records are missing
	walk      *walkthrough // the one under way
	placed    int64        // the place that the sink was given last; -1: none
	pending   []found      // recovered records of the page under way
	recovered []found      // recovered records of all pages that count
	crowd     string       // a time that more records share than a page can hold

	uncountable string // the first totalCount that is no number; "": none
	zero        bool   // a totalCount was 0

	excludes *query.Exclusion // nil: not known yet, or there is none
	nameless nameless
	mended   mended

	blunt  bool // the server doesn't leave out records by their ids
	narrow bool // the server doesn't give larger pages
}

// stop is where a page of the first reading ended.
type stop struct {
	cursor  string // as the server gave it
	records int64  // how many were delivered up to there
}

// walkthrough is one reading of all pages, from the first to the last, or of one gap between
// two pages.
type walkthrough struct {
	rd    *reading
	size  int   // limit to send; 0: none
	again bool  // the first reading is over: records were delivered before
	gap   *stop // the gap that is read; nil: all pages are

	cursors   map[string]bool // all cursors that were sent or received
	pages     int             // pages with records
	rows      int64           // records that were read, repeated ones too
	largest   int             // most records in a page
	fruitless int             // pages in a row with nothing new
	edge      string          // the last cursor that is a time
	known     int64           // in another reading: records that were delivered before, up to the page under way
	earlier   []found         // records recovered before this walk

	overlap string // the cursor with whose time the page under way begins once more; "": it doesn't
	packed  string // the time of all rows of the page before, where they fill it
	tied    string // a time that more records share, perhaps, than a page holds

	meetings  int    // pages that were compared with the kept ones
	replaying bool   // the page under way is a kept one
	stretched int    // limit to send while rows of one time fill a page; 0: size
	excluded  []byte // ids that the server is asked to leave out, while rows of one time fill pages
}

// found is n recovered records in one place.
type found struct {
	after  int64 // how many records of the first reading come before them
	n      int64
	before int64 // how many recovered records come before them, in a sorted list
}

func (rd *reading) progress() {
	if rd.Progress != nil {
		rd.Progress(Progress{Pages: rd.stats.Pages, Records: rd.stats.Records, Total: rd.stats.Total, Bytes: rd.stats.Bytes, Again: rd.again})
	}
}

// maxWarnings is how many different warnings a Read gives.
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

// lacking reports whether fewer distinct records came than the server counts for this token.
// A read that was ended early can't be compared with that count.
func (rd *reading) lacking() bool {
	return rd.stats.Total-rd.stats.Hidden > rd.stats.Records && !rd.stats.Ended
}

// pageSize gives the limit to send; 0: none is sent, because the query has no variable for
// it, or the variable has its value from the job or the operation.
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

// resizable reports whether the limit can be changed without changing the records.
func (rd *reading) resizable() bool {
	p := rd.Query.Paging
	return p.LimitVar != "" && slices.Contains(p.Narrows, p.LimitVar)
}

// uncounted reports whether no totalCount can show that records were skipped.
func (rd *reading) uncounted() bool { return rd.Until != nil || rd.Query.Paging.TotalKey == "" }
