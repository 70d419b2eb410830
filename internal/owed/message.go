package owed

import "time"

// Message is one message that is owed once its run has ended: an output's, a
// notification or a heartbeat. It names secrets and never holds one, so that a
// ledger can keep it.
type Message struct {
	// ID is the webhook-id, the same for each try; empty: one is made of run and attempt.
	ID string
	// Kind is KindOutput, KindHeartbeat, or the event that a notice is about.
	Kind string
	// Output names the output that a message of KindOutput belongs to, as its Mark does.
	Output string
	// Target names the receiver for people: by a variable where its address is a secret.
	Target string
	// Body is the text together with its receiver, as package message seals both.
	Body []byte

	// Cause says why a notice is sent, in the same words each time. The ledger leaves out
	// a notice of the same cause within Cooldown, unless the trouble was over in between:
	// a failure with the next good run, an undelivered message once its receiver has
	// taken a run's messages again. A notice that was given up counts as never sent.
	Cause    string
	Cooldown time.Duration
	// Receiver names whom a notice or a heartbeat is for, the same from run to run.
	Receiver string
	// IfTold drops a recovery whose receiver was told of no failure.
	IfTold bool
	// Since is, for a notice about a message that was given up, when that message was
	// first tried.
	Since time.Time
}

// Kinds of messages beside those that are named after their event.
const (
	KindOutput    = "output"
	KindHeartbeat = "heartbeat"
)
