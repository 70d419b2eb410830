package store

import (
	"context"

	"speckle-runner/internal/store/database"
)

// key names a run in the ledger.
type key struct {
	Job  string `json:"job"`
	Tick int64  `json:"tick"`
}

func scanKey(r database.Rows) (key, error) {
	var k key
	err := r.Scan(&k.Job, &k.Tick)
	return k, err
}

func (k key) id() string { return RunID(k.Job, database.FromMicros(k.Tick)) }

// versionOf gives the version that a run is of; "": of none.
func versionOf(ctx context.Context, q database.Queryer, k key) (string, error) {
	found, err := database.Collect(ctx, q, database.String, `SELECT version FROM run_versions WHERE job = $1 AND tick = $2`, k.Job, k.Tick)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0], nil
}

// name gives a run's id.
func (k key) name(ctx context.Context, q database.Queryer) (string, error) {
	version, err := versionOf(ctx, q, k)
	return VersionRunID(k.Job, database.FromMicros(k.Tick), version), err
}

func compareKeys(a, b key) int {
	switch {
	case a.Job < b.Job, a.Job == b.Job && a.Tick < b.Tick:
		return -1
	case a == b:
		return 0
	}
	return 1
}

// claimed names one claim of a run.
type claimed struct {
	key
	claim int64
}

func scanClaimed(r database.Rows) (claimed, error) {
	var c claimed
	return c, r.Scan(&c.Job, &c.Tick, &c.claim)
}

// chunk is how many rows go into one statement.
const chunk = 1000

// lockJobs makes claims and ends of a job wait for each other on all nodes.
func lockJobs(ctx context.Context, t database.Tx, keys []key) error {
	if len(keys) == 0 || !database.LocksRows(t) {
		return nil // SQLite has one writer
	}
	_, err := database.Collect(ctx, t, database.Int,
		`SELECT 1 FROM jobs WHERE job IN (SELECT v.job FROM {list job text}) ORDER BY job {for update}`, database.List(keys))
	return err
}
