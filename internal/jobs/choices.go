package jobs

// The words that a key takes: the reader, the schema and the reference page have
// them from here.

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

// destination is what an output or a notification goes to.
type destination string

// The kinds of targets, as tags name them.
const (
	toFile      destination = "file"
	toWebhook   destination = "webhook"
	toHeartbeat destination = "heartbeat"
	toMail      destination = "email"
)

// word names a kind of target for people.
func (d destination) word() string {
	if d == toMail {
		return "an email"
	}
	return "a " + string(d)
}

// choices are the lists that tags name.
var choices = map[string][]string{
	"@overlap":    worded(OverlapSkip, OverlapQueue, OverlapReplace),
	"@missed":     worded(MissedSkip, MissedLast, MissedAll),
	"@on_partial": worded(PartialFail, PartialKeep),
	"@complete":   worded(CompleteFail, CompleteWarn, CompleteOff),
	"@on_error":   worded(ErrorFail, ErrorSkip),
	"@send":       worded(SendRecords, SendSummary),
	"@rows":       worded(RowsElements, RowsProperties),
}

func worded[T ~string](words ...T) []string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return texts
}
