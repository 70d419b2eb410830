package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/secret"
)

// sealed is a message's text with its receiver, as a ledger keeps both.
type sealed struct {
	Hook Hook           `json:"hook"`
	Body jsontext.Value `json:"body"`
}

// Seal puts a text, which is JSON, and its receiver into a message.
func Seal(m owed.Message, hook Hook, text []byte) (owed.Message, error) {
	var err error
	m.Body, err = json.Marshal(struct {
		Hook Hook            `json:"hook"`
		Body json.RawMessage `json:"body"`
	}{hook, json.RawMessage(text)})
	if err != nil {
		return m, fmt.Errorf("encode the message to %s: %w", m.Target, err)
	}
	return m, nil
}

// Shown gives a message's text for people, nothing escaped that needn't be.
func Shown(m owed.Message) string {
	var s sealed
	if err := json.Unmarshal(m.Body, &s); err != nil {
		return ""
	}
	if err := s.Body.Format(jsontext.PreserveRawStrings(false)); err != nil {
		return ""
	}
	return string(s.Body)
}

// Deliver sends a message that Seal made, once. An error that is an
// *webhook.Error says whether to try again; of others, one about a
// missing secret may be mended, and anything else never. Without an error, doubt
// says what in the answer speaks against its arrival, "" for nothing.
func Deliver(ctx context.Context, m owed.Message, by Sending) (doubt string, err error) {
	var s sealed
	if err := json.Unmarshal(m.Body, &s); err != nil {
		return "", &webhook.Error{Final: true, Err: errors.New("the stored message is damaged")}
	}
	hook, err := s.Hook.Open(by.UserAgent, by.Redactor)
	if err != nil {
		return "", err
	}
	return hook.Send(ctx, webhook.Message{ID: m.ID, Tick: by.Tick, Body: s.Body})
}

// Sending is what stands around a message when it is sent.
type Sending struct {
	Tick      time.Time
	UserAgent string
	Redactor  *secret.Redactor // learns the receiver's secrets
}
