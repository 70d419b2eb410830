package history

import (
	"context"
	"time"

	"speckle-runner/internal/store/database"
)

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery. Failed ones are dead: only Redeliver sends again.
// Forgotten ones are over: nobody sends them any more, and nothing is owed.
const (
	DeliveryQueued    DeliveryState = "queued"
	DeliverySending   DeliveryState = "sending"
	DeliveryDelivered DeliveryState = "delivered"
	DeliveryFailed    DeliveryState = "failed"
	DeliveryForgotten DeliveryState = "forgotten"
)

// DeliveryStates gives those that a run tells: one that is being sent is queued to the outside.
func DeliveryStates() []DeliveryState {
	return []DeliveryState{DeliveryQueued, DeliveryDelivered, DeliveryFailed, DeliveryForgotten}
}

// RunDelivery is a run's view of one of its deliveries.
type RunDelivery struct {
	ID       string        `json:"id"`
	Target   string        `json:"target"`
	State    DeliveryState `json:"state"`
	Attempts int           `json:"attempts"`
	Error    string        `json:"error"`    // of the last try, "" after a good one
	NextTry  *time.Time    `json:"next_try"` // null: it is delivered, given up or forgotten
	// Note says of a delivered one what in its answer speaks against that.
	Note string `json:"note,omitempty"`
	// Tries are those that have ended, as far as they are kept: absent in a list of runs.
	Tries []Try `json:"tries,omitzero"`
}

// TryOutcome says how a try to deliver a message ended.
type TryOutcome string

// How a try ends. A failed one may be followed by another, a refused one isn't: another
// would end the same way. The process of a lost one was gone before its end was known; the
// message may have arrived.
const (
	TryDelivered TryOutcome = "delivered"
	TryFailed    TryOutcome = "failed"
	TryRefused   TryOutcome = "refused"
	TryLost      TryOutcome = "lost"
)

// TryOutcomes gives all of them.
func TryOutcomes() []TryOutcome {
	return []TryOutcome{TryDelivered, TryFailed, TryRefused, TryLost}
}

// Try is one try to deliver a message, as it ended.
type Try struct {
	Try        int        `json:"try"` // 1 for the first
	Outcome    TryOutcome `json:"outcome"`
	StartedAt  *time.Time `json:"started_at"`
	FinishedAt *time.Time `json:"finished_at"` // null: it was lost
	Error      string     `json:"error"`
	Note       string     `json:"note,omitempty"` // as RunDelivery has it
	NextTry    *time.Time `json:"next_try"`       // when the one after it was due
	// AskedAgainAt is when somebody asked that the message be sent again, before this
	// try; null: nobody had.
	AskedAgainAt *time.Time `json:"asked_again_at"`
}

// GivenUp counts a job's messages of a kind that could not be delivered.
type GivenUp struct {
	Job, Kind string
	Messages  int64
}

// GivenUp counts, for every job, the messages that were given up and neither
// sent again nor forgotten since.
func (r Reader) GivenUp(ctx context.Context) ([]GivenUp, error) {
	found, err := database.Collect(ctx, r.db.Read(), func(row database.Rows) (g GivenUp, err error) {
		err = row.Scan(&g.Job, &g.Kind, &g.Messages)
		return g, err
	}, `SELECT job, kind, count(*) FROM deliveries WHERE state = 'failed' GROUP BY job, kind ORDER BY job, kind`)
	return found, r.db.Explain(err)
}
