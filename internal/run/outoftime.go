package run

import (
	"fmt"
	"strings"

	"speckle-runner/internal/run/sink"
)

// outOfTimeError is the end of a run whose job's timeout is over: how far it came, and
// what it was doing then.
type outOfTimeError struct {
	timeout *timeoutError
	came    string // how far
	at      error  // of what it was doing; nil: that says no more
}

// Error says first how far the run came: that shows whether the timeout is too short or
// the server hangs.
func (e *outOfTimeError) Error() string {
	text := e.timeout.Error() + ": " + e.came
	if at := e.doing(); at != "" {
		text += "; it was at: " + at
	}
	return text
}

// doing says what the run was doing, without repeating that its time was over.
func (e *outOfTimeError) doing() string {
	if e.at == nil {
		return ""
	}
	over := e.timeout.Error()
	return strings.NewReplacer("; then: "+over, "", ": "+over, "", over, "").Replace(e.at.Error())
}

// Unwrap gives both.
func (e *outOfTimeError) Unwrap() []error {
	if e.at == nil {
		return []error{e.timeout}
	}
	return []error{e.timeout, e.at}
}

// outOfTime says how far the attempt came until its time was over.
func (t *task) outOfTime(cause *timeoutError, err error) error {
	p := t.at
	came := fmt.Sprintf("%d records of %d pages were read", p.Records, max(p.Pages, t.result.Pages))
	switch {
	case p.Stage == Writing:
		came = fmt.Sprintf("all %d records were read, and they were being published", p.Records)
	case p.AllItems > 0:
		came = fmt.Sprintf("%d of %d items were read, with %d records", p.Items, p.AllItems, p.Records)
	case p.Pages == 0 && as[*sink.WorkError](err):
		came = "the server had answered, and its first page wasn't through yet"
	case p.Pages == 0:
		came = "nothing was read yet"
	case p.Total >= p.Records:
		came = fmt.Sprintf("%d of %d records were read, with %d pages", p.Records, p.Total, p.Pages)
	}
	out := &outOfTimeError{timeout: cause, came: came, at: err}
	if err == error(cause) { //nolint:errorlint // this very cause, with nothing around it
		out.at = nil
	}
	return out
}
