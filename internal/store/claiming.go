package store

import (
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// claiming turns fetched rows of the queue into running runs, in the transaction
// that fetched them: queue and ledger never disagree about who runs what.
type claiming struct {
	s     *Store
	t     database.Tx
	a     *answers
	node  string
	now   time.Time
	queue string

	fetched []queue.Row
	ids     map[key]int64 // of those in the queue

	started     []Claim
	held        []claimRow   // wait for their turn
	owed        []claimRow   // wait for their turn, in the ledger alone
	gone        []int64      // rows of the queue that have nothing to run
	stopping    []activeRow  // told to make room
	ended       []endedRow   // skipped, dropped for a newer tick, or of no job
	over        []key        // ended, and others may have waited for them
	after       []func()     // to be done after the commit
	unknownJobs []requeueRow // of jobs that this node doesn't know
}

// dueRow is a fetched run as the ledger has it.
type dueRow struct {
	activeRow
	due int64
}
