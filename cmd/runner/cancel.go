package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"speckle-runner/internal/door"
	"speckle-runner/internal/report"
	"speckle-runner/internal/store"
)

func cancelCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "cancel RUN | JOB [TICK]",
		Short: "End a run that is waiting or running",
		Long: `End a run, and wait until it has ended. A run that is waiting, for its turn or for its
next attempt, ends at once; one that is running ends within seconds, on any node. It
publishes nothing, and is not tried again.

  runner cancel nightly-models                              the job's run that is waiting or running
  runner cancel nightly-models 2026-03-02T02:30:00Z         the job's run of this tick
  runner cancel nightly-models-20260302T023000Z             the run that runner runs lists by this name

Exit codes: 0 the run has ended as canceled, or there was none to cancel; 1 it had
already ended, or doesn't end; 2 wrong usage, or no such run.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, args []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if len(args) < 1 || len(args) > 2 {
				return usagef("cancel takes one run, such as nightly-models-20260302T023000Z, or a job and the tick of its run")
			}
			ctx := command.Context()
			return s.withDoor(ctx, func(d door.Door) error {
				found, err := door.Unended(ctx, d, args)
				if err != nil {
					return notFound(err)
				}
				if found == nil {
					if asJSON {
						_, err = fmt.Fprintln(s.out, "null")
						return err
					}
					_, err = fmt.Fprintf(s.out, "%s: nothing to cancel: no run of this job is waiting or running\n", args[0])
					return err
				}
				return s.cancel(ctx, d, found.Run, asJSON)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	return command
}

// cancel ends a run, and waits for that.
func (s *settings) cancel(ctx context.Context, d door.Door, id string, asJSON bool) error {
	run, over, err := door.Cancel(ctx, d, id)
	if err != nil {
		return notFound(err)
	}
	if asJSON {
		if err := json.NewEncoder(s.out).Encode(run); err != nil {
			return err
		}
	} else {
		report.Canceled(s.out, &run, over)
	}
	if run.State != store.Canceled {
		return codeError(exitFailed)
	}
	return nil
}
