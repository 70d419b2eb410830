package store

import (
	"errors"
	"time"

	"speckle-runner/internal/owed"
	"speckle-runner/internal/store/database"
)

// Claim is the right to work on one attempt of a run.
type Claim struct {
	Run     string
	Job     string
	Tick    time.Time
	Version string // that the run is of; "" for none
	Attempt int
	Trigger Trigger
	// Failures counts the earlier attempts that failed, not the interrupted ones;
	// the first of them began at Since.
	Failures int
	Since    time.Time
	Began    time.Time // this attempt
	// Due is when the run could start first, for the lateness metric.
	Due time.Time

	node    string
	number  int64 // of this claim of the run: it never comes twice
	queueID int64
	queue   string
	direct  bool
	inTurn  bool   // given back, it waits where it was
	error   string // of the attempt before, where it failed
	cause   string
}

func (c Claim) key() key { return key{c.Job, database.Micros(c.Tick)} }

// Outcome is how an attempt ended.
type Outcome struct {
	// State is Succeeded, Failed, Canceled or Interrupted. Empty means Failed.
	// Where the run's context was ended by its store, the cause decides between
	// the last three.
	State    State
	Pages    int64
	Records  int64
	Bytes    int64
	Files    []File
	Error    string
	Warnings []string
	// Unchanged are outputs, by their numbers from 1, that were left as they were.
	Unchanged []int
	// Final forbids another attempt, whatever the retry policy says. Passing says
	// that what it failed of may pass by itself, as an upgrade of the server does,
	// and After how long the server wants to be left alone.
	Final   bool
	Passing bool
	After   time.Duration
	// Cause says why it failed in the same words each time, for what is told
	// should the run end without another attempt.
	Cause string
	// Marks and Snapshots are kept if the run succeeded; Renewed are marks of
	// earlier runs, by their ticks, with what they say now.
	Marks     []Mark
	Renewed   []Mark
	Snapshots []Snapshot
	// Tables are, too: what the run published them with.
	Tables []Table
	// Known says which records have been told by the end of this run, for the
	// run whose mark it becomes; kept if the run succeeded. Nil: it says nothing.
	Known []byte
	// Deliveries are queued if this outcome ends the run, not between attempts.
	Deliveries []NewDelivery
	// Failure is queued, too, if the run ends as failed: whether it does is
	// known only once the causes and the retry policy have spoken.
	Failure []NewDelivery
	Log     string
}

// stateOf lets the cause that ended a context speak for the handler, which
// only saw that something ended it.
func stateOf(said State, cause error) State {
	switch {
	case said == Succeeded:
		return said // it was done before it could be stopped
	case errors.Is(cause, ErrCanceled), errors.Is(cause, ErrReplaced):
		return Canceled
	case errors.Is(cause, ErrShutdown), errors.Is(cause, ErrFenced), errors.Is(cause, ErrDisplaced):
		return Interrupted
	case said == Canceled, said == Interrupted:
		return said
	}
	return Failed
}

// NewDelivery is a message that is owed once its run has ended.
type NewDelivery = owed.Message
