package store

import (
	"time"

	"speckle-runner/internal/store/database"
	"speckle-runner/internal/store/history"
	"speckle-runner/internal/store/marks"
	"speckle-runner/internal/store/retention"
)

// Words of the rooms below the store, under names of the store: a user of the ledger
// imports this package alone.
type (
	// Name is how people name the ledger's database.
	Name = database.Name
	// NameError says that a text is no such name.
	NameError = database.NameError
	// State is where a run, or one attempt of it, stands.
	State = history.State
	// Trigger says why a run exists.
	Trigger = history.Trigger
	// DeliveryState is where a delivery stands.
	DeliveryState = history.DeliveryState
	// Run is one row of the ledger.
	Run = history.Run
	// File is one file that a run published.
	File = history.File
	// RunDelivery is a run's view of one of its deliveries.
	RunDelivery = history.RunDelivery
	// Try is one try to deliver a message.
	Try = history.Try
	// TryOutcome says how a try ended.
	TryOutcome = history.TryOutcome
	// Attempt is one attempt of a run, with its own log.
	Attempt = history.Attempt
	// Whole is a run with all that the ledger has of it.
	Whole = history.Whole
	// Filter picks runs of the ledger.
	Filter = history.Filter
	// Place is where a run stands in the list of all.
	Place = history.Place
	// Latest is what is shown of a job.
	Latest = history.Latest
	// GivenUp counts a job's messages of a kind that could not be delivered.
	GivenUp = history.GivenUp
	// Pulse is a job's newest runs, in short.
	Pulse = history.Pulse
	// Post counts the messages that are on their way to receivers.
	Post = history.Post
	// Clock is what the database says of the time.
	Clock = history.Clock
	// Keep says how long ended runs stay in the ledger.
	Keep = retention.Keep
	// Exports is how many exports of an output stay.
	Exports = retention.Exports
	// Mark says what a run has put into an output's file or sent to its receiver.
	Mark = marks.Mark
	// Snapshot is what is kept of an export, for a later run of its job to compare with.
	Snapshot = marks.Snapshot
	// Table is the columns and types that an output's files were written with.
	Table = marks.Table
)

// The states of a run, why it exists, the states of a delivery and how its tries end.
const (
	Scheduled   = history.Scheduled
	Running     = history.Running
	Succeeded   = history.Succeeded
	Failed      = history.Failed
	Canceled    = history.Canceled
	Interrupted = history.Interrupted
	Skipped     = history.Skipped
	Missed      = history.Missed

	Schedule  = history.Schedule
	CatchUp   = history.CatchUp
	OnVersion = history.OnVersion
	Manual    = history.Manual
	API       = history.API
	Backfill  = history.Backfill

	DeliveryQueued    = history.DeliveryQueued
	DeliverySending   = history.DeliverySending
	DeliveryDelivered = history.DeliveryDelivered
	DeliveryFailed    = history.DeliveryFailed
	DeliveryForgotten = history.DeliveryForgotten

	TryDelivered = history.TryDelivered
	TryFailed    = history.TryFailed
	TryRefused   = history.TryRefused
	TryLost      = history.TryLost
)

// RunID gives the id of a job's run at a tick.
func RunID(job string, tick time.Time) string { return history.RunID(job, tick) }

// VersionRunID gives the id of a job's run of a version; version "": of a run of none.
func VersionRunID(job string, tick time.Time, version string) string {
	return history.VersionRunID(job, tick, version)
}

// IsVersion reports whether a text can be the id of a version.
func IsVersion(id string) bool { return history.IsVersion(id) }

// ParseRunID gives a run's job and tick back.
func ParseRunID(id string) (job string, tick time.Time, err error) { return history.ParseRunID(id) }

// States gives every state that a run can be in.
func States() []State { return history.States() }

// Triggers gives everything that a run can exist for.
func Triggers() []Trigger { return history.Triggers() }

// TryOutcomes gives everything that a try can end as.
func TryOutcomes() []TryOutcome { return history.TryOutcomes() }

// DeliveryStates gives the states that deliveries have in a run's JSON.
func DeliveryStates() []DeliveryState { return history.DeliveryStates() }
