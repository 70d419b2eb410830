package sink

import "fmt"

// WorkError says that a run was ended while a program ran. The server had given the record
// by then, so the server isn't to blame.
type WorkError struct {
	key    string // of the job
	record int64  // from 1, over all pages
	page   int64  // from 1; 0: not known
	err    error  // what ended the run
}

// Error says where it was.
func (e *WorkError) Error() string {
	text := fmt.Sprintf("%s, at work on record %d", e.key, e.record)
	if e.page > 0 {
		text += fmt.Sprintf(" of page %d", e.page)
	}
	return text + ", which had come: " + e.err.Error()
}

// Unwrap gives what ended the run.
func (e *WorkError) Unwrap() error { return e.err }
