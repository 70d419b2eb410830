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

// Deliver sends a sealed message once. Judge says what an error means for another try.
// Without an error, doubt says what in the answer speaks against its arrival; "": nothing.
func Deliver(ctx context.Context, m owed.Message, o Sending) (doubt string, err error) {
	var s sealed
	if err := json.Unmarshal(m.Body, &s); err != nil {
		return "", errDamaged
	}
	if s.Mail != nil {
		return "", s.Mail.send(ctx, m.ID, s.Body, o)
	}
	if s.Hook == nil {
		return "", errDamaged
	}
	hook, err := s.Hook.Open(o.UserAgent, o.Redactor)
	if err != nil {
		return "", err
	}
	return hook.Send(ctx, webhook.Message{ID: m.ID, Tick: o.Tick, Body: s.Body})
}

// send hands a stored letter to its mail server, once.
func (m Mail) send(ctx context.Context, id string, stored []byte, o Sending) error {
	var l mail.Letter
	if err := json.Unmarshal(stored, &l); err != nil {
		return errDamaged
	}
	if o.SMTP != nil {
		m = m.withServer(o.SMTP)
	}
	if err := o.Unready.known(m, id); err != nil {
		return err
	}
	server, err := m.Open(o.Redactor)
	if err != nil {
		return err
	}
	err = server.Send(ctx, id, m.To, l)
	o.Unready.learn(m, id, err)
	return err
}

var errDamaged = &webhook.Error{Final: true, Err: errors.New("the stored message is damaged")}

// Sending is what is needed to send a message, beside the message.
type Sending struct {
	Tick      time.Time
	UserAgent string
	Redactor  *secret.Redactor // learns the receiver's secrets
	SMTP      *jobs.SMTP       // the mail server in the job file now; nil: the message's own
	Unready   Unready          // nil: each letter asks the server itself
}

// missingSecret is the pause before another try of a message whose secret isn't set:
// somebody has to set the variable and start serve again.
const missingSecret = time.Hour

// Judge says what an error of Deliver means: whether it is final, and else how long to
// wait before another try; 0: as long as usual.
func Judge(err error) (final bool, after time.Duration) {
	if failed, is := errors.AsType[*webhook.Error](err); is {
		return failed.Final, failed.RetryAfter
	}
	if failed, is := errors.AsType[*mail.Error](err); is {
		return failed.Final, 0
	}
	return false, missingSecret
}
