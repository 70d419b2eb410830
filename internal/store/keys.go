package store

import "speckle-runner/internal/store/database"

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

func compareKeys(a, b key) int {
	switch {
	case a.Job < b.Job, a.Job == b.Job && a.Tick < b.Tick:
		return -1
	case a == b:
		return 0
	}
	return 1
}
