package message

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/secret"
)

// sealed is a message's text with its receiver, as a ledger keeps both.
type sealed struct {
	Hook *Hook          `json:"hook,omitempty"`
	Mail *Mail          `json:"mail,omitempty"`
	Body jsontext.Value `json:"body"`
}

// Seal puts a text, which is JSON, and its receiver into a message.
func Seal(m owed.Message, hook Hook, text []byte) (owed.Message, error) {
	return seal(m, struct {
		Hook Hook            `json:"hook"`
		Body json.RawMessage `json:"body"`
	}{hook, json.RawMessage(text)})
}

// SealLetter puts a letter and its receiver into a message.
func SealLetter(m owed.Message, to Mail, l mail.Letter) (owed.Message, error) {
	return seal(m, struct {
		Mail Mail        `json:"mail"`
		Body mail.Letter `json:"body"`
	}{to, l})
}

func seal(m owed.Message, both any) (owed.Message, error) {
	var err error
	if m.Body, err = json.Marshal(both); err != nil {
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
	if s.Mail != nil {
		return shownLetter(s.Body)
	}
	if err := s.Body.Format(jsontext.PreserveRawStrings(false)); err != nil {
		return ""
	}
	return string(s.Body)
}

// Deliver sends a message that was sealed, once. What an error means for another
// try says Judge. Without an error, doubt says what in the answer speaks against
// its arrival, "" for nothing.
func Deliver(ctx context.Context, m owed.Message, by Sending) (doubt string, err error) {
	var s sealed
	if err := json.Unmarshal(m.Body, &s); err != nil {
		return "", errDamaged
	}
	if s.Mail != nil {
		return "", s.Mail.send(ctx, m.ID, s.Body, by)
	}
	if s.Hook == nil {
		return "", errDamaged
	}
	hook, err := s.Hook.Open(by.UserAgent, by.Redactor)
	if err != nil {
		return "", err
	}
	return hook.Send(ctx, webhook.Message{ID: m.ID, Tick: by.Tick, Body: s.Body})
}

var errDamaged = &webhook.Error{Final: true, Err: errors.New("the stored message is damaged")}

// Sending is what stands around a message when it is sent.
type Sending struct {
	Tick      time.Time
	UserAgent string
	Redactor  *secret.Redactor // learns the receiver's secrets
	SMTP      *jobs.SMTP       // of the job as it is now; nil: the message's own
}
