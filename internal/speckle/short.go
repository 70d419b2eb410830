package speckle

import (
	"cmp"
	"fmt"

	"speckle-runner/internal/said"
)

// ShortError says that an answer holds fewer records than the server counts.
type ShortError struct {
	Path    string // of the collection, "project.models"
	Of      string // what its records are called, "models"; "" records
	Got     int64  // distinct records
	Want    int64  // what totalCount says; 0: there is no number, only Tied
	Records int64  // how many records hold a short collection; 0: the collection is no part of a record
	Rereads int    // how often it was read again
	Tied    string // a time at a page's edge that several records share, "" none was seen
	Crowd   string // a time that more records share than a page holds, "" none was seen
	Cursor  string // a time at a page's edge, where nobody could look for shared ones; "" none
	Hint    string
	Anyway  bool // Hint ends with how a job publishes what there is all the same
}

// Error gives the numbers.
func (e *ShortError) Error() string {
	if e.Want == 0 && e.Tied != "" {
		text := fmt.Sprintf("%s: %s, and there is no totalCount to tell", e.Path, e.crowd(e.Tied))
		if e.Hint != "" {
			text += " (" + e.Hint + ")"
		}
		return text
	}
	text := fmt.Sprintf("%s: collected %d of %d %s", e.Path, e.Got, e.Want, cmp.Or(e.Of, "records"))
	if e.Records > 0 {
		text = fmt.Sprintf("%s: %d of %d came back", e.Path, e.Got, e.Want)
		if e.Records > 1 {
			text += ", and too few in " + said.Count(e.Records-1, "more record")
		}
	}
	if e.Rereads > 0 {
		text += ", after reading again " + times(e.Rereads)
	}
	switch {
	case e.Crowd != "":
		text += ", " + e.crowd(e.Crowd)
	case e.Tied != "":
		text += ", equal timestamps at " + e.Tied + ": the server's paging skips such rows at a page's edge"
	}
	if e.Cursor != "" {
		text += "; perhaps for equal timestamps at a page's edge, such as " + e.Cursor + ": the server's paging skips such rows"
	}
	if hint := e.Hint; hint != "" {
		if e.Anyway {
			hint += "; complete: warn publishes what there is"
		}
		text += " (" + hint + ")"
	}
	return text
}

func (e *ShortError) crowd(at string) string {
	return fmt.Sprintf("more %s than a page holds have the timestamp %s: the server's paging skips the rest of them", cmp.Or(e.Of, "records"),
		at)
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
