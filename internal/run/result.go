package run

import (
	"time"

	"speckle-runner/internal/output/target"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/secret"
)

// State is how an attempt ended.
type State string

// The ends of an attempt. The ledger knows more states of a run.
const (
	Succeeded   State = "succeeded"
	Failed      State = "failed"
	Interrupted State = "interrupted" // its context was canceled
)

// Result is how an attempt ended. What a failed one wrote is removed, and what
// it had replaced is put back.
type Result struct {
	State      State
	StartedAt  time.Time
	FinishedAt time.Time
	Pages      int
	Records    int64 // in the export
	Bytes      int64 // of the published files
	Files      []target.Published
	Owed       []owed.Message // messages to deliver, in order
	Warnings   []string
	Error      string       // Err as it may be shown, "" when it succeeded
	Err        error        // for errors.As
	Token      secret.Value // the token that it had; zero: it couldn't be read
	Cause      string       // why it failed, in the same words each time
	Reason     string       // the kind of failure, one of a few fixed words; "" when it succeeded
	Final      bool         // another attempt would end the same way
	// Passing: the cause of the failure may go away by itself. After: the server wants
	// to be left alone for so long.
	Passing bool
	After   time.Duration

	Sample    []string   // of a dry run: the first records
	Plan      []Planned  // of a dry run: what would be published
	Unsent    []string   // of a dry run: the first of the mutations, which it doesn't send
	Mutations int        // of a dry run: how many there are
	Marks     []Mark     // of a good run: for the next run's Last
	Renewed   []Mark     // of a good run: marks of Last that stay, with new content
	Known     []byte     // of a good run: for the next run's Last
	Snapshots []Snapshot // of a good run: for the next run's Snapshots
	Tables    []Table    // of a good run: for the next run's Tables
	Unchanged []int      // outputs, from 1, that weren't published, because they hold these records already
	LeftOut   bool       // items of the for_each are missing, or may be: they failed, or their list was short
}

// Planned is what a dry run would have published.
type Planned struct {
	Target   string   // path of a file, or the receiver as people know it
	Latest   string   // second path of a file; "": none
	Records  int64    // of a file
	Columns  []string // of a table
	Messages int      // to a receiver; 0: a file, or nothing to send
	Message  string   // the beginning of the first one, as it may be shown
	Webhook  bool
}

// shownMessage is how many characters of a message a dry run shows.
const shownMessage = 500
