// Package history reads the ledger: what its runs were, which of them wait, what
// their attempts left. It has the words of the ledger, the states of runs and
// deliveries and the ids of runs, for those who write it.
//
// It never writes a run, and never waits for one.
package history

import "speckle-runner/internal/store/database"

// Reader reads the ledger in an open database.
type Reader struct{ db *database.DB }

// NewReader gives the reader of a database.
func NewReader(db *database.DB) Reader { return Reader{db} }
