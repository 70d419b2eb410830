// Package marks keeps what is known to be out there: what a run left with the
// receiver of an output or in its file, what an export was, the columns that it
// was written with, and the records that were told. A run that comes later goes
// on from it.
//
// All of it is written in the transaction that ends the run. The package derives
// from the deliveries whether a mark stands; it never changes one of those.
package marks

import "speckle-runner/internal/store/database"

// Kept is what is kept in an open database.
type Kept struct{ db *database.DB }

// NewKept gives what a database keeps.
func NewKept(db *database.DB) Kept { return Kept{db} }

// Ended is the good run that leaves something.
type Ended struct {
	Job  string
	Tick int64 // in microseconds
}

// tickRow names a run in statements that take many.
type tickRow struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}
