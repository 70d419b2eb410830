package message

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/mail"
	"speckle-runner/internal/output/webhook"
	"speckle-runner/internal/owed"
	"speckle-runner/internal/secret"
)

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

// send hands a stored letter over, once.
func (m Mail) send(ctx context.Context, id string, stored []byte, by Sending) error {
	var l mail.Letter
	if err := json.Unmarshal(stored, &l); err != nil {
		return errDamaged
	}
	if by.SMTP != nil {
		m = m.by(by.SMTP)
	}
	if err := by.Unready.known(m, id); err != nil {
		return err
	}
	server, err := m.Open(by.Redactor)
	if err != nil {
		return err
	}
	err = server.Send(ctx, id, m.To, l)
	by.Unready.learn(m, id, err)
	return err
}

var errDamaged = &webhook.Error{Final: true, Err: errors.New("the stored message is damaged")}

// Sending is what stands around a message when it is sent.
type Sending struct {
	Tick      time.Time
	UserAgent string
	Redactor  *secret.Redactor // learns the receiver's secrets
	SMTP      *jobs.SMTP       // of the job as it is now; nil: the message's own
	Unready   Unready          // nil: each letter asks for itself
}

// missingSecret is how long a message waits for somebody to set its variable and
// start serve again.
const missingSecret = time.Hour

// Judge reads an error of Deliver: whether another try would end the same way, and
// else how long to wait for it, 0 for as long as is usual.
func Judge(err error) (final bool, after time.Duration) {
	if failed, is := errors.AsType[*webhook.Error](err); is {
		return failed.Final, failed.RetryAfter
	}
	if failed, is := errors.AsType[*mail.Error](err); is {
		return failed.Final, 0
	}
	return false, missingSecret
}
