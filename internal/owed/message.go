package owed

import "time"

// Message is one message that is owed once its run has ended: an output's, a
// notification or a heartbeat. It names secrets and never holds one, so that a
// ledger can keep it.
type Message struct {
	// ID is the webhook-id, the same for each try; empty means one derived
	// from run and attempt.
	ID string
	// Kind is KindOutput, KindHeartbeat, or the event that is told.
	Kind string
	// Output names the output that an "output" message is of, as its Mark does.
	Output string
	// Target says which receiver of the job this is for. It names variables,
	// it never holds an address that is secret.
	Target string
	// Body is what the sender reads: the text, together with where it goes.
	Body []byte

	// Cause makes this a notice that isn't told again within Cooldown: why it is
	// told, the same words each time. Of a failure the cooldown ends with the
	// next good run, of what was undelivered when its receiver takes a run's
	// messages again. A notice that was given up was never told.
	Cause    string
	Cooldown time.Duration
	// Receiver says whom a notice or a heartbeat is for, the same from run to run.
	Receiver string
	// IfTold keeps a recovery from a receiver that heard of no failure.
	IfTold bool
	// Since is when what this tells of began to be tried: of a message that was
	// given up.
	Since time.Time
}

// Kinds of messages beside those that are named after their event.
const (
	KindOutput    = "output"
	KindHeartbeat = "heartbeat"
)
