package store

import (
	"time"

	"speckle-runner/internal/store/database"
)

// End is a tick that will not run.
type End struct {
	Job        string
	Tick       time.Time
	Trigger    Trigger
	Schedule   string // that the tick came from, as in Armed; "": from none
	State      State  // Missed or Skipped
	Reason     string
	Cause      string // of a run that had failed before; else ""
	Generation string
	Deliveries []NewDelivery
	Version    string // the run would have been of it; "": of none
}

// endedRow is a run that the store itself ends, as it is written.
type endedRow struct {
	key
	Claim   int64  `json:"claim"`
	State   State  `json:"state"`
	Error   string `json:"error"`
	QueueID int64  `json:"queue_id"`
	version string
	via     Trigger
	cause   string
	attempt int
}

// id names the run, with the version that it is of.
func (e endedRow) id() string {
	return VersionRunID(e.Job, database.FromMicros(e.Tick), e.version)
}

// end is the end as messages are made of it.
func (e endedRow) end() End {
	return End{Job: e.Job, Tick: database.FromMicros(e.Tick), Trigger: e.via, State: e.State, Reason: e.Error, Cause: e.cause,
		Version: e.version}
}
