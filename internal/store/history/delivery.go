package history

import (
	"context"

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
