package store

import (
	"time"

	"speckle-runner/internal/store/database"
)

// deliveryEnd is the end of one try as it is written.
type deliveryEnd struct {
	id      string
	queueID int64
	node    string
	claim   int64
	attempt int
	state   DeliveryState
	next    time.Time
	message string
	note    string
	owed    []NewDelivery // notices, if it is given up
	of      *Delivery
	direct  bool // sent by a command, not by the queue
	began   time.Time
	took    time.Duration
	refused bool // another try would end the same way
	fenced  bool // the delivery belongs to another try: nothing was written
	tried   bool // an earlier write of this end may have been committed
}

type deliveryID struct {
	ID string `json:"id"`
}

// key names the run that the message belongs to.
func (e *deliveryEnd) key() key { return key{e.of.Job, database.Micros(e.of.Tick)} }

// triedRow names one claim of a delivery.
type triedRow struct {
	ID    string `json:"id"`
	Claim int64  `json:"claim"`
}
