package store

import (
	"context"
	"slices"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// Values of runs.active: whether a run stands in the way of its job's next one.
const (
	activeNot    = 0 // it has ended, or its tick wasn't taken from the queue yet
	activeBlocks = 1 // it runs, or waits to
	activeInLine = 2 // it waits in line behind others of its kind, and is in nobody's way
)

// Values of runs.waiting: whether a run waits for its turn.
const (
	waitingNot     = 0
	waitingForTurn = 1
	waitingHasTurn = 2 // its turn has come, and no node has claimed it yet
)

// activeRow is a run that stands in the way of its job's next one.
type activeRow struct {
	key
	version string // the run is of it; "": of none
	state   State
	via     Trigger
	attempt int
	claim   int64
	waiting int // one of the values above
	queueID int64
	node    string
	direct  bool

	failures int
	since    int64  // when the first failed attempt began
	error    string // of the last failed attempt
	cause    string
}

// id names the run, with the version that it is of.
func (a activeRow) id() string {
	return VersionRunID(a.Job, database.FromMicros(a.Tick), a.version)
}

// ending makes the end of a run that the store itself ends.
func (a activeRow) ending(state State, why string) endedRow {
	return endedRow{key: a.key, Claim: a.claim, State: state, Error: why, QueueID: a.queueID, version: a.version, via: a.via,
		attempt: a.attempt}
}

// claimRow names a run together with its last claim: a run that was claimed since it was
// read isn't meant.
type claimRow struct {
	key
	Claim   int64 `json:"claim"`
	QueueID int64 `json:"queue_id"`
}

func (a activeRow) named() claimRow { return claimRow{a.key, a.claim, a.queueID} }

// activeColumns are what scanActive takes of r, a row of runs.
var activeColumns = `r.job, r.tick, r.state, r.via, r.attempt, r.claim, r.waiting, r.river_id, r.node, r.direct,
  r.failures, r.failing_since, r.error, r.cause, ` +
	history.VersionOf("r")

// Runs in line (active = 2) are left out: they stand in nobody's way.
var selectActive = `
SELECT ` + activeColumns + `
FROM {list job text} JOIN runs r ON r.job = v.job WHERE r.active = 1
ORDER BY r.job, r.tick`

func scanActive(r database.Rows) (activeRow, error) {
	var a activeRow
	var direct int
	err := r.Scan(&a.Job, &a.Tick, &a.state, &a.via, &a.attempt, &a.claim, &a.waiting, &a.queueID, &a.node, &direct, &a.failures, &a.since,
		&a.error, &a.cause, &a.version)
	a.direct = direct != 0
	return a, err
}

func activeOf(ctx context.Context, t database.Tx, keys []key) (map[string][]activeRow, error) {
	names := slices.CompactFunc(slices.Clone(keys), func(a, b key) bool { return a.Job == b.Job })
	found, err := database.Collect(ctx, t, scanActive, selectActive, database.List(names))
	active := map[string][]activeRow{}
	for _, a := range found {
		active[a.Job] = append(active[a.Job], a)
	}
	return active, err
}

func keysOf(rows []activeRow) []key {
	keys := make([]key, len(rows))
	for i, r := range rows {
		keys[i] = r.key
	}
	return keys
}

func named(rows []activeRow) []claimRow {
	all := make([]claimRow, len(rows))
	for i, r := range rows {
		all[i] = r.named()
	}
	return all
}
