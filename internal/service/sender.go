package service

import (
	"context"
	"errors"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/message"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// Sender sends what the ledger says is owed.
type Sender struct {
	UserAgent string
	Redactor  *secret.Redactor // of the process
	Teller    notify.Teller    // hears of what is given up
	Traces    *tracing.Traces  // nil: nothing is traced

	unready message.Unready // of a command, which sends one after the other
}

// send sends one delivery, once, and says why it didn't arrive.
func (s Sender) send(ctx context.Context, d store.Delivery) (sent store.DeliveryResult, why string) {
	redactor, forget := s.Redactor.Lend()
	defer forget()
	ctx, traced := s.tracedDelivery(ctx, d)
	doubt, err := message.Deliver(ctx, d.Message, message.Sending{
		Tick: d.Tick, UserAgent: s.UserAgent, Redactor: redactor, SMTP: s.smtp(d.Job), Unready: s.unready,
	})
	if err == nil {
		traced("")
		return store.Delivered(redactor.Text(doubt)), ""
	}
	why = redactor.Text(err.Error())
	defer func() { sent = sent.Owing(s.Teller.Undelivered(d, why)) }()
	final, after := message.Judge(err)
	if late := d.TooLate(after); late != "" && !final && !errors.Is(err, secret.ErrMissing) {
		why += "; " + late
	}
	if final {
		traced("refused")
		return store.Final(errors.New(why)), why
	}
	traced("tried again")
	return store.Retry(after, errors.New(why)), why
}

// smtp gives the mail server of a job as the job file has it now: what waits for a
// server goes to the one that was put in its place.
func (s Sender) smtp(name string) *jobs.SMTP {
	if s.Teller.Job == nil {
		return nil
	}
	job := s.Teller.Job(name)
	if job == nil {
		return nil
	}
	return job.SMTP()
}

// tracedDelivery begins the part of a tick's trace that is one try of a delivery.
// done adds why it didn't arrive, by whether it is tried again.
func (s Sender) tracedDelivery(ctx context.Context, d store.Delivery) (in context.Context, done func(failed string)) {
	in, span := tracing.StartCall(s.Traces.Begin(ctx, tracing.Tick{Job: d.Job, Run: d.Run, Tick: d.Tick}), "delivery")
	span.Text("runner.job", d.Job)
	span.Text("runner.run", d.Run)
	span.Text("runner.kind", d.Kind)
	span.Number("runner.try", int64(d.Attempt))
	return in, func(failed string) {
		if failed != "" {
			span.Failed(failed)
		}
		span.End()
	}
}

// Deliveries is what came of sending a run's messages by hand.
type Deliveries struct {
	store.Sent

	Lost     map[string]string // by id: why the last try failed
	Patience time.Duration
}

// Delivering is how a command delivers.
type Delivering struct {
	Ledger   *store.Store
	Patience time.Duration // with a receiver that takes nothing
	Say      func(string)  // what is being done
}

// Deliver sends what a run owes, each receiver for as long as it takes
// something now and then. What is left stays in the ledger.
func (s Sender) Deliver(ctx context.Context, run string, by Delivering) (Deliveries, error) {
	s.unready = message.Unready{}
	d := Deliveries{Lost: map[string]string{}, Patience: by.Patience}
	var err error
	d.Sent, err = by.Ledger.Deliver(ctx, run, by.Patience, func(ctx context.Context, one store.Delivery) store.DeliveryResult {
		by.Say("delivering to " + one.Target)
		sent, why := s.send(ctx, one)
		if why == "" {
			delete(d.Lost, one.ID)
		} else {
			d.Lost[one.ID] = why
		}
		return sent
	})
	return d, err
}

// sender sends what the ledger says is owed.
func (x *Service) sender() Sender {
	return Sender{UserAgent: x.runner.UserAgent, Redactor: x.logs.Redactor, Teller: x.teller(), Traces: x.traces}
}
