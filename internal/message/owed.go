package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output"
	"speckle-runner/internal/secret"
)

// Owed is one message that a run owes: an output's, a notification or a
// heartbeat. It names secrets and holds none, so that a ledger can keep it.
type Owed struct {
	ID     string // webhook-id: the same for every try; "" lets the ledger choose
	Kind   string // "output", "heartbeat" or an event
	Output string // of an output's: what its Mark calls it
	Target string // how people name the receiver: its host, or its variable
	Hook   Hook
	Body   []byte // JSON

	// Of a notification: why, in steady words, and how long that isn't told
	// again. No cause: it is told in any case.
	Cause    string
	Cooldown time.Duration
	Receiver string // of a notification or a heartbeat: for whom, the same from run to run
	IfTold   bool   // of a recovery: only if its receiver heard of the failure
}

// Kinds of messages beside those that are named after their event.
const (
	KindOutput    = "output"
	KindHeartbeat = "heartbeat"
)

// envelope is an Owed as a ledger keeps it.
type envelope struct {
	Hook Hook           `json:"hook"`
	Body jsontext.Value `json:"body"`
}

// Encode gives the message with its receiver as one text.
func (o Owed) Encode() ([]byte, error) {
	text, err := json.Marshal(struct {
		Hook Hook            `json:"hook"`
		Body json.RawMessage `json:"body"`
	}{o.Hook, json.RawMessage(o.Body)})
	if err != nil {
		return nil, fmt.Errorf("encode the message to %s: %w", o.Target, err)
	}
	return text, nil
}

// Deliver sends a message that Encode made, once. An error that is an
// *output.DeliveryError says whether to try again; of others, one about a
// missing secret may be mended, and anything else never. Without an error, doubt
// says what in the answer speaks against its arrival, "" for nothing.
func Deliver(ctx context.Context, encoded []byte, m Sending) (doubt string, err error) {
	var e envelope
	if err := json.Unmarshal(encoded, &e); err != nil {
		return "", &output.DeliveryError{Final: true, Err: errors.New("the stored message is damaged")}
	}
	hook, err := e.Hook.Open(m.UserAgent, m.Redactor)
	if err != nil {
		return "", err
	}
	return hook.Send(ctx, output.Message{ID: m.ID, Tick: m.Tick, Body: e.Body})
}

// Sending is what stands around a message when it is sent.
type Sending struct {
	ID        string
	Tick      time.Time
	UserAgent string
	Redactor  *secret.Redactor // learns the receiver's secrets
}
