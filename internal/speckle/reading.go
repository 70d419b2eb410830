package speckle

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"time"

	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"

	"github.com/go-json-experiment/json/jsontext"
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

	excludes *query.Exclusion // nil: not known yet, or there is none
	nameless nameless
	mended   mended

	blunt  bool // the server can't leave records out by their ids
	narrow bool // nor give larger pages
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
