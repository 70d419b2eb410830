package store

import (
	"context"
	"slices"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
)

// activeRow is a run that stands in the way of its job's next one.
type activeRow struct {
	key
	version string // that the run is of; "" for none
	state   State
	via     Trigger
	attempt int
	claim   int64
	waiting int // 1 its turn has not come, 2 it has
	queueID int64
	node    string
	direct  bool

	failures int
	since    int64  // of the first failure
	error    string // of the last one
	cause    string
}

// id names the run, with the version that it is of.
func (a activeRow) id() string {
	return VersionRunID(a.Job, database.FromMicros(a.Tick), a.version)
}

// ending is the end of a run that the store itself decides about.
func (a activeRow) ending(state State, why string) endedRow {
	return endedRow{key: a.key, Claim: a.claim, State: state, Error: why, QueueID: a.queueID, version: a.version, via: a.via,
		attempt: a.attempt}
}

// claimRow names a run as it was read: by the number of its last claim, too.
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

// What is owed (active = 2) is left out: it stands in nobody's way.
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
