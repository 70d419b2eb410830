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
	Teller    notify.Teller    // makes the notice of a delivery that is given up
	Traces    *tracing.Traces  // nil: nothing is traced

	unready message.Unready // mail servers that weren't ready, for a command, which sends one message after the other
}

// send tries one delivery once; why says why it didn't arrive, "" where it did.
func (s Sender) send(ctx context.Context, d store.Delivery) (sent store.DeliveryResult, why string) {
	redactor, forget := s.Redactor.Lend()
	defer forget()
	ctx, endTrace := s.traceTry(ctx, d)
	doubt, err := message.Deliver(ctx, d.Message, message.Sending{
		Tick: d.Tick, UserAgent: s.UserAgent, Redactor: redactor, SMTP: s.smtp(d.Job), Unready: s.unready,
	})
	if err == nil {
		endTrace("")
		return store.Delivered(redactor.Text(doubt)), ""
	}
	why = redactor.Text(err.Error())
	defer func() { sent = sent.Owing(s.Teller.Undelivered(d, why)) }()
	final, after := message.Judge(err)
	if late := d.TooLate(after); late != "" && !final && !errors.Is(err, secret.ErrMissing) {
		why += "; " + late
	}
	if final {
		endTrace("refused")
		return store.Final(errors.New(why)), why
	}
	endTrace("tried again")
	return store.Retry(after, errors.New(why)), why
}

// smtp gives the mail server that the job file names now: mail that waited while
// another one was down goes to its replacement.
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

// traceTry begins the part of a tick's trace that is one try of a delivery. done ends
// it; failed is "" where it arrived, else whether it was refused or is tried again.
func (s Sender) traceTry(ctx context.Context, d store.Delivery) (in context.Context, done func(failed string)) {
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

	Failed   map[string]string // by the delivery's id: why its last try failed
	Patience time.Duration     // with a receiver that takes nothing
}

// Delivering is how a command delivers.
type Delivering struct {
	Ledger   *store.Store
	Patience time.Duration // with a receiver that takes nothing
	Say      func(string)  // what is being done
}

// Deliver sends what a run owes. It goes on with a receiver while that takes a message
// now and then; what is left stays in the ledger.
func (s Sender) Deliver(ctx context.Context, run string, o Delivering) (Deliveries, error) {
	s.unready = message.Unready{}
	d := Deliveries{Failed: map[string]string{}, Patience: o.Patience}
	var err error
	d.Sent, err = o.Ledger.Deliver(ctx, run, o.Patience, func(ctx context.Context, one store.Delivery) store.DeliveryResult {
		o.Say("delivering to " + one.Target)
		sent, why := s.send(ctx, one)
		if why == "" {
			delete(d.Failed, one.ID)
		} else {
			d.Failed[one.ID] = why
		}
		return sent
	})
	return d, err
}

// sender makes a sender with this service's own parts.
func (x *Service) sender() Sender {
	return Sender{UserAgent: x.runner.UserAgent, Redactor: x.logs.Redactor, Teller: x.teller(), Traces: x.traces}
}
