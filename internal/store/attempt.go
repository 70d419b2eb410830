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
	Version string // the run is of it; "": of none
	Attempt int
	Trigger Trigger
	// Failures counts the earlier attempts that failed, without the interrupted ones; the
	// first of them began at Since.
	Failures int
	Since    time.Time
	Began    time.Time // when this attempt began
	// Due is when the run could start first, for the lateness metric.
	Due time.Time

	node    string
	number  int64 // of this claim of the run: no other claim has it
	queueID int64
	queue   string
	direct  bool   // claimed by a command, without the queue
	inTurn  bool   // where the claim is given back, it waits in line again
	error   string // of the attempt before, where that failed
	cause   string
}

func (c Claim) key() key { return key{c.Job, database.Micros(c.Tick)} }

// Outcome is how an attempt ended.
type Outcome struct {
	// State is Succeeded, Failed, Canceled or Interrupted. Empty means Failed. Where the
	// store ended the run's context, the cause of that decides between the last three.
	State    State
	Pages    int64
	Records  int64
	Bytes    int64
	Files    []File
	Error    string
	Warnings []string
	// Unchanged are outputs, by their numbers from 1, that were left as they were.
	Unchanged []int
	// LeftOut: the files lack items of a for_each, or may.
	LeftOut bool
	// Final forbids another attempt, whatever the retry policy says. Passing says that
	// the cause of the failure may go away by itself, as an upgrade of the server does;
	// After is how long the server wants to be left alone.
	Final   bool
	Passing bool
	After   time.Duration
	// Cause says why it failed, in the same words each time, for the notice that is sent
	// if no other attempt follows.
	Cause string
	// Marks, Snapshots, Tables and Known are kept if the run succeeded. Renewed are marks
	// of earlier runs, by their ticks, with new content.
	Marks     []Mark
	Renewed   []Mark
	Snapshots []Snapshot
	Tables    []Table // columns and types of the outputs that the run published
	// Known holds hashes of the records that were given up to the end of this run, for
	// the runs that go on from it. Nil: it isn't known.
	Known []byte
	// Deliveries are queued if this outcome ends the run, not between attempts.
	Deliveries []NewDelivery
	// Failure is queued, too, if the run ends as failed. Whether it does is known only
	// here, after the causes and the retry policy.
	Failure []NewDelivery
	Log     string
}

// stateOf gives the state of an attempt's end. The cause that ended its context counts
// for more than the handler's own word, except where that is a success.
func stateOf(given State, cause error) State {
	switch {
	case given == Succeeded:
		return given // it was done before it could be stopped
	case errors.Is(cause, ErrCanceled), errors.Is(cause, ErrReplaced):
		return Canceled
	case errors.Is(cause, ErrShutdown), errors.Is(cause, ErrFenced), errors.Is(cause, ErrDisplaced):
		return Interrupted
	case given == Canceled, given == Interrupted:
		return given
	}
	return Failed
}

// NewDelivery is a message that is owed once its run has ended.
type NewDelivery = owed.Message
