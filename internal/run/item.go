package run

import (
	"fmt"

	"speckle-runner/internal/said"
)

// item is one record of the job's for_each: its values become variables of
// the main query.
type item struct {
	number int
	again  int // how many items before it have the same text
	text   []byte
	values map[string]any // what {each.NAME} and $each see, numbers as written
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
