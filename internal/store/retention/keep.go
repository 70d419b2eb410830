package retention

import (
	"time"

	"speckle-runner/internal/store/database"
)

// Keep says how long ended runs stay in the ledger. A zero field is no reason
// to delete.
type Keep struct {
	// Age and Count bound what is kept of a job: a run goes when it is older
	// than Age, or has Count newer ones of its job.
	Age   time.Duration
	Count int
	// FailedAge is Age for failed runs; it should be longer. 0 means twice Age.
	FailedAge time.Duration
	// Window is the longest missed_window: a younger tick could be enqueued
	// again if its row were gone, and is always kept. 0 means 24 hours.
	Window time.Duration
	// Exports are what the outputs of Jobs keep. What another job's outputs keep isn't known, so
	// all its runs with files stay while it runs, by another process with another job file: it is
	// gone when it has had no run within Age. Nil Jobs: all are known.
	Exports []Exports
	Jobs    []string
}

// Exports is how many exports of one of a job's outputs stay where they are: the runs that
// published them stay, too, or nobody would know the files when newer ones take their place.
type Exports struct {
	Job, Output string // as runs' files name it
	Count       int
}

// or fills what isn't said.
func (k Keep) or(other Keep) Keep {
	if k.Age <= 0 {
		k.Age = other.Age
		if k.FailedAge <= 0 {
			k.FailedAge = other.FailedAge
		}
	}
	if k.Count <= 0 {
		k.Count = other.Count
	}
	k.Window = max(k.Window, other.Window)
	return k
}

// bounds are the instants that decide over a run, as the ledger holds them.
type bounds struct {
	young          int64 // a tick since then stays
	old, failedOld int64 // one before goes, 0: none does
	count          int
}

func (k Keep) bounds(now time.Time) bounds {
	if k.Window <= 0 {
		k.Window = 24 * time.Hour
	}
	if k.FailedAge <= 0 {
		k.FailedAge = 2 * k.Age
	}
	before := func(age time.Duration) int64 {
		if age <= 0 {
			return 0
		}
		return database.Micros(now.Add(-age))
	}
	// One more window for clocks that differ and nodes that are late.
	return bounds{young: before(2 * k.Window), old: before(k.Age), failedOld: before(k.FailedAge), count: k.Count}
}
