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
	Token      secret.Value // that it was done with; zero: there was none to read
	Cause      string       // why it failed, the same words each time
	Reason     string       // the kind of that, one of a few words of ours, "" when it succeeded
	Final      bool         // another attempt would end the same way
	// Passing: what it failed of may pass by itself. After: the server wants to be
	// left alone for so long.
	Passing bool
	After   time.Duration

	Sample    []string   // of a dry run: the first records
	Plan      []Planned  // of a dry run: what would be published
	Unsent    []string   // of a dry run: the first of the mutations, which it doesn't send
	Mutations int        // of a dry run: how many there are
	Marks     []Mark     // for the next run's Last; of a good run only
	Renewed   []Mark     // of Last, which stay and say something else now
	Known     []byte     // likewise
	Snapshots []Snapshot // for the next run's Snapshots, likewise
	Tables    []Table    // for the next run's Tables, likewise
	Unchanged []int      // outputs, from 1, that held the same as last time: not published
}

// Planned is what a dry run would have published.
type Planned struct {
	Target   string   // path of a file, or how people know the receiver
	Latest   string   // second path of a file, "" none
	Records  int64    // of a file
	Columns  []string // of a table
	Messages int      // to a receiver; 0: a file, or nothing to send
	Message  string   // the beginning of the first one, as it may be shown
	Webhook  bool
}

// shownMessage is how many characters of a message a dry run shows.
const shownMessage = 500
