package run

import (
	"bytes"
	"fmt"
	"time"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/version"
)

// item is one record of the job's for_each: its values become variables of
// the main query.
type item struct {
	number int
	again  int // how many items before this one have the same text
	text   []byte
	values map[string]any // what {each.NAME} and $each see, numbers as written
}

// is reports whether another item has the same text and the same number.
func (it item) is(other item) bool {
	return it.number == other.number && bytes.Equal(it.text, other.text)
}

// itemError says which item of a for_each an error is about.
type itemError struct {
	item  item
	err   error
	words said.Words
}

// maxItemText is how many characters of an item a message shows.
const maxItemText = 80

func (e *itemError) Error() string { return "for_each, " + e.text() }

// text names the item and says what went wrong.
func (e *itemError) text() string {
	return fmt.Sprintf("item %d %s: %s", e.item.number, e.words.Line(string(e.item.text), maxItemText), e.err)
}

func (e *itemError) Unwrap() error { return e.err }

// part is what one item gave.
type part struct {
	item    item
	spool   *kept.Spool    // nil: nothing was read
	records record.Records // of the spool, or of an earlier attempt
	stats   speckle.Stats
	memory  *memory.Memory    // nil: the main query doesn't read by last_success
	version *version.Version  // nil: of none
	columns []elements.Column // of records of elements
	kept    bool              // a later attempt needn't ask again
	resumed time.Time         // when an earlier attempt read it; zero: this attempt did
	err     error
}
