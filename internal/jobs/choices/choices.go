// Package choices has the words that a job's keys take: the reader, the schema, the
// reference page and who acts on a job have them from here. It reads nothing and
// decides nothing.
package choices

// Overlap is what happens when a job is due while it still runs.
type Overlap string

// The values of overlap.
const (
	OverlapSkip    Overlap = "skip"
	OverlapQueue   Overlap = "queue"
	OverlapReplace Overlap = "replace"
)

// Missed is which of the ticks that passed while nothing ran are made up for.
type Missed string

// The values of missed.
const (
	MissedSkip Missed = "skip"
	MissedLast Missed = "last"
	MissedAll  Missed = "all"
)

// OnPartial is what happens with data that comes together with errors.
type OnPartial string

// The values of on_partial.
const (
	PartialFail OnPartial = "fail"
	PartialKeep OnPartial = "keep"
)

// Complete is what happens when there are fewer records than totalCount says.
type Complete string

// The values of complete.
const (
	CompleteFail Complete = "fail"
	CompleteWarn Complete = "warn"
	CompleteOff  Complete = "off"
)

// OnError is what happens when an item of a for_each fails.
type OnError string

// The values of on_error.
const (
	ErrorFail OnError = "fail"
	ErrorSkip OnError = "skip"
)

// Rows says what a record of an elements job is.
type Rows string

// The values of rows.
const (
	RowsElements   Rows = "elements"
	RowsProperties Rows = "properties"
)

// Send is what a webhook is posted; "" where preset or body make the message.
type Send string

// The values of send.
const (
	SendRecords Send = "records"
	SendSummary Send = "summary"
)
