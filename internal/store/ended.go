package store

import "speckle-runner/internal/store/database"

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

// end is what people are told of.
func (e endedRow) end() End {
	return End{Job: e.Job, Tick: database.FromMicros(e.Tick), Trigger: e.via, State: e.State, Reason: e.Error, Cause: e.cause,
		Version: e.version}
}
