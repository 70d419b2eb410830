package store

import (
	"context"

	"speckle-runner/internal/store/database"
)

// key names a run in statements that take many.
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

// keyOf finds the run that an id names: a run of a version is only found by the
// id that ends with it.
func (s *Store) keyOf(ctx context.Context, id string) (key, error) {
	job, tick, err := ParseRunID(id)
	if err != nil {
		return key{}, err
	}
	k := key{job, database.Micros(tick)}
	version, err := versionOf(ctx, s.db.Read(), k)
	if err != nil {
		return key{}, s.db.Explain(err)
	}
	if VersionRunID(job, tick, version) != id {
		return key{}, ErrNotFound
	}
	return k, nil
}

// versionOf gives the version that a run is of; "" for none.
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
