package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

func redeliverCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "redeliver RUN",
		Short: "Send again what could not be delivered",
		Long: `Send again what a run could not deliver, with the same webhook-id, for up to a
minute. What still doesn't arrive stays in the ledger; who is told of that, the
job file says.`,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("redeliver takes one run, as runner runs lists them")
			}
			ctx := command.Context()
			return s.withLedger(ctx, func(ledger *store.Store) error {
				owed, err := ledger.Redeliver(ctx, args[0])
				if err != nil {
					return notFound(err)
				}
				if owed == 0 {
					_, err := fmt.Fprintf(s.out, "%s owes nothing: every message was delivered\n", args[0])
					return err
				}
				return s.redeliver(ctx, ledger, args[0], owed)
			})
		},
	}
	s.fileFlag(command)
	s.databaseFlag(command)
	s.logFlags(command)
	return command
}

func (s *settings) redeliver(ctx context.Context, ledger *store.Store, id string, owed int) error {
	teller, known := s.quietTeller(id)
	ledger.Ended(teller.ended)
	sender := sender{userAgent(), s.redactor(), teller}
	lost := map[string]string{}
	within, cancel := context.WithTimeout(ctx, deliverFor)
	defer cancel()
	left, err := ledger.Deliver(within, id, func(ctx context.Context, d store.Delivery) store.DeliveryResult {
		sent, why := sender.send(ctx, d)
		if lost[d.ID] = why; why == "" {
			delete(lost, d.ID)
		}
		return sent
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "delivered %s of %s\n", plural(max(0, owed-left), "message"), grouped(int64(owed)))
	for id, why := range lost {
		fmt.Fprintf(s.out, "  NOT delivered: %s: %s\n", id, why)
	}
	if left > 0 && !known {
		fmt.Fprintf(s.err, "nobody is told of what is given up: %s has no such job\n", secret.Mask(s.file))
	}
	if left > 0 {
		return codeError(exitDelivery)
	}
	return nil
}

// quietTeller tells as the job file says, if there is one: without, messages
// are sent all the same. It says whether the file has the run's job.
func (s *settings) quietTeller(id string) (teller, bool) {
	t := teller{job: func(string) *jobs.Job { return nil }, log: func(job string, problem error) {
		fmt.Fprintf(s.err, "%s: make a notification: %s\n", job, secret.Mask(problem.Error()))
	}}
	if file, problems := jobs.LoadFile(s.file); file != nil && len(problems.Errors()) == 0 {
		t.job = file.Job
	}
	name, _, err := store.ParseRunID(id)
	return t, err == nil && t.job(name) != nil
}

// notFound makes a wrong run id a mistake in the command line.
func notFound(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return usagef("%w; runner runs lists those that the ledger has", err)
	}
	return err
}
