package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/door"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/notify"
	"speckle-runner/internal/remote"
	"speckle-runner/internal/report"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
	"speckle-runner/internal/store"
)

func redeliverCommand(s *settings) *cobra.Command {
	var patience time.Duration
	var forget bool
	command := &cobra.Command{
		Use:   "redeliver RUN",
		Short: "Send again what could not be delivered, or forget it",
		Long: `Send the messages again that a run could not deliver, with the same webhook-id, until
each receiver has them or has taken none for as long as --deliver-for says. What still
doesn't arrive stays in the ledger, and runner serve goes on trying. The job file says
who is told of a message that is given up.

With --forget the messages are forgotten instead, those that wait too: they are
never sent, and no longer owed.

  runner runs --undelivered                             lists the runs that still owe messages`,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("redeliver takes one run, such as nightly-models-20260302T023000Z; runner runs lists them")
			}
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if err := checkProxies(); err != nil {
				return err
			}
			ctx := command.Context()
			return s.withDoor(ctx, func(d door.Door) error {
				if !asJSON {
					return s.redeliverOrForget(ctx, d, args[0], forget, patience)
				}
				quiet := *s
				quiet.out = io.Discard
				ended := quiet.redeliverOrForget(ctx, d, args[0], forget, patience)
				var code codeError
				if ended != nil && !errors.As(ended, &code) {
					return ended
				}
				record, err := d.Run(context.WithoutCancel(ctx), args[0])
				if err != nil {
					return err
				}
				return errors.Join(json.NewEncoder(s.out).Encode(record), ended)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	deliverForFlag(command, &patience)
	command.Flags().BoolVar(&forget, "forget", false, "forget what the run still owes: it is never sent")
	return command
}

func (s *settings) redeliverOrForget(ctx context.Context, d door.Door, id string, forget bool, patience time.Duration) error {
	if forget {
		return s.forget(ctx, d, id)
	}
	owed, err := d.Redeliver(ctx, id)
	if err != nil {
		return notFound(err)
	}
	if owed == 0 {
		return s.owesNothing(ctx, d, id)
	}
	return s.redeliver(ctx, d, id, owed, patience)
}

func (s *settings) redeliver(ctx context.Context, d door.Door, id string, owed int, patience time.Duration) error {
	sent, at, err := s.deliver(ctx, d, id, patience)
	if err != nil {
		return err
	}
	record, err := d.Run(context.WithoutCancel(ctx), id)
	if err != nil {
		return err
	}
	report.Redelivered(s.out, at, &record, owed, &sent)
	if sent.Left > 0 {
		return codeError(exitDelivery)
	}
	return nil
}

// deliver sends a run's messages, or waits until the serve of --server has. at is the flag
// that names that serve; "": this process sent them.
func (s *settings) deliver(ctx context.Context, d door.Door, id string, patience time.Duration,
) (sent service.Deliveries, at string, err error) {
	if client, there := d.(*remote.Client); there {
		sent, err = service.There{Client: client, DeliverFor: patience}.Deliver(ctx, id)
		return sent, " --server " + client.Address().String(), err
	}
	ledger := d.(*store.Store) //nolint:forcetypeassert // a door is one of the two
	teller, whyNone := s.tellerOf(id)
	ledger.Ended(teller.Ended)
	logs, err := s.newLogging(s.err, onTerminal(s.err), zerolog.WarnLevel)
	if err != nil {
		return sent, "", err
	}
	traces := service.OpenTraces(ctx, logs, thisBuild().Version, ledger.Node())
	defer traces.Close()
	sender := service.Sender{UserAgent: userAgent(), Redactor: s.redactor(), Teller: teller, Traces: traces}
	sent, err = sender.Deliver(ctx, id, service.Delivering{Ledger: ledger, Patience: patience, Say: func(string) {}})
	if err == nil && sent.Left > 0 && whyNone != "" {
		fmt.Fprintf(s.err, "nobody is told of what is given up: %s\n", whyNone)
	}
	return sent, "", err
}

// forget gives up what a run owes.
func (s *settings) forget(ctx context.Context, d door.Door, id string) error {
	gone, err := d.Forget(ctx, id)
	if err != nil {
		return notFound(err)
	}
	if len(gone.Messages)+gone.Sending == 0 {
		return s.owesNothing(ctx, d, id)
	}
	report.Forgotten(s.out, id, &gone)
	if gone.Sending > 0 {
		return codeError(exitDelivery)
	}
	return nil
}

func (s *settings) owesNothing(ctx context.Context, d door.Door, id string) error {
	record, err := d.Run(ctx, id)
	if err != nil {
		return notFound(err)
	}
	return report.OwesNothing(s.out, &record)
}

// tellerOf makes notices for a run's job from the job file. Without a usable file it makes
// none, and messages are sent all the same; whyNone says why.
func (s *settings) tellerOf(id string) (t notify.Teller, whyNone string) {
	t = notify.Teller{Job: func(string) *jobs.Job { return nil }, Log: func(job string, problem error) {
		fmt.Fprintf(s.err, "%s: make a notification: %s\n", job, secret.Mask(problem.Error()))
	}}
	file, problems := s.read(nil)
	if file == nil {
		return t, fmt.Sprintf("the job file can't be used: %s", problems.Errors()[0])
	}
	t.Job = file.Job
	name, _, err := store.ParseRunID(id)
	if err == nil && t.Job(name) != nil {
		return t, ""
	}
	if r := file.Refusing(name); r != nil {
		return t, fmt.Sprintf("%s is refused: %s", secret.MaskAll(r.File), r.Problems[0])
	}
	return t, fmt.Sprintf("%s has no such job", s.jobFile())
}
