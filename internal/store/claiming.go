package store

import (
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/queue"
)

// claiming turns fetched rows of the queue into running runs, in the transaction that
// fetched them, so that queue and ledger never disagree about which node runs what.
type claiming struct {
	s     *Store
	t     database.Tx
	a     *answers
	node  string
	now   time.Time
	queue string
	among bool // living nodes have another job file than this one

	fetched []queue.Row
	ids     map[key]int64 // by run: its row in the queue

	started     []Claim
	held        []claimRow   // wait for their turn, held back in the queue
	inLine      []claimRow   // wait for their turn in the ledger alone
	gone        []int64      // rows of the queue that have nothing to run
	stopping    []activeRow  // running, and replaced by a newer tick
	ended       []endedRow   // skipped, replaced by a newer tick, or of no known job
	over        []key        // ended, and others may have waited for them
	after       []func()     // to be called after the commit
	unknownJobs []requeueRow // of jobs that this node doesn't know
}

// dueRow is a fetched run as the ledger has it.
type dueRow struct {
	activeRow
	due int64
}
