package main

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/message"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/output"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// sender sends what the ledger says is owed.
type sender struct {
	userAgent string
	redactor  *secret.Redactor // of the process
	teller    notify.Teller    // hears of what is given up
}

// send sends one delivery, once, and says why it didn't arrive.
func (s sender) send(ctx context.Context, d store.Delivery) (sent store.DeliveryResult, why string) {
	redactor, forget := s.redactor.Lend()
	defer forget()
	doubt, err := message.Deliver(ctx, d.Body, message.Sending{ID: d.ID, Tick: d.Tick, UserAgent: s.userAgent, Redactor: redactor})
	if err == nil {
		return store.DeliveredBut(redactor.Text(doubt)), ""
	}
	why = redactor.Text(err.Error())
	defer func() { sent = sent.Owing(s.teller.Undelivered(d, why)) }()
	failed, ok := errors.AsType[*output.DeliveryError](err)
	switch {
	case !ok: // a secret is missing: somebody may set it, and start serve again
		return store.Retry(time.Hour, errors.New(why)), why
	case failed.Final:
		return store.Final(errors.New(why)), why
	default:
		return store.Retry(failed.RetryAfter, errors.New(why)), why
	}
}
