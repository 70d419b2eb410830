// Package retention forgets old runs with all that hangs on them, in small steps,
// and never one that something still goes on from. When it was done last, and
// what is kept, is in the ledger itself, for those who come by now and then.
//
// It deletes nothing outside of the database.
package retention

import "speckle-runner/internal/store/database"

// Old are the runs in an open database that may go.
type Old struct{ db *database.DB }

// NewOld gives the old runs of a database.
func NewOld(db *database.DB) Old { return Old{db} }

// key names a run in statements that take many.
type key struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

func scanKey(r database.Rows) (k key, err error) {
	err = r.Scan(&k.Job, &k.Tick)
	return k, err
}
