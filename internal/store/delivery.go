package store

import (
	"time"

	"speckle-runner/internal/owed"
)

// Delivery is a message that is due.
type Delivery struct {
	owed.Message // only with what a sender needs: ID, Kind, Target and Body

	Run     string
	Job     string
	Tick    time.Time
	Created time.Time
	Attempt int // 1 for the first

	queueID int64
	claim   int64 // number of the claim: no other claim has it
	giveUp  time.Time
	node    string
	direct  bool
}

// TooLate says why no other try follows if the receiver asks for this pause; "": one does.
func (d Delivery) TooLate(pause time.Duration) string {
	next := time.Now().Add(min(pause, deliveryPatience))
	if pause <= 0 || !next.After(d.giveUp) {
		return ""
	}
	return "given up after this try: it asks to wait for longer than a message is tried, which is until " + d.giveUp.UTC().Format(time.RFC3339)
}

// DeliveryResult is how one try went: Delivered, or an error that is final or
// worth another try.
type DeliveryResult struct {
	err   error
	final bool
	after time.Duration
	note  string
	owed  []NewDelivery
	began time.Time
	took  time.Duration
}

// Owing adds the notices that are owed if the message is given up after this try. They are
// queued in the transaction that gives it up.
func (r DeliveryResult) Owing(owed []NewDelivery) DeliveryResult {
	r.owed = owed
	return r
}

// Delivered says that the receiver's status was a yes; note is what in its answer speaks
// against that, "" for nothing.
func Delivered(note string) DeliveryResult { return DeliveryResult{note: note} }

// Note gives what speaks against a delivery that arrived, "" for nothing.
func (r DeliveryResult) Note() string { return r.note }

// Retry asks for another try: after the given time, or after a growing wait if
// that is zero.
func Retry(after time.Duration, err error) DeliveryResult {
	return DeliveryResult{err: err, after: after}
}

// Final says that no further try will help.
func Final(err error) DeliveryResult { return DeliveryResult{err: err, final: true} }

const (
	// deliveryPatience is how long a delivery is tried before it is given up.
	deliveryPatience = 24 * time.Hour
	firstWait        = 5 * time.Second
	longestWait      = 4 * time.Hour
	// A receiver may ask for shorter pauses than ours, and take nothing all day: from then
	// on it is asked once a minute at most. briefTries go at its own pace.
	briefTries = 5
	leastWait  = time.Minute
)

// deliveryWait is the pause after so many tries.
func deliveryWait(tries int) time.Duration {
	d := firstWait
	for range tries - 1 {
		d *= 3
		if d >= longestWait {
			return longestWait
		}
	}
	return d
}
