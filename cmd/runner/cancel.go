package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/patience"
	"speckle-runner/internal/store"
)

const (
	// endsWithin is how long a run that was told to stop is waited for: its node looks
	// every second, and may have to let go of a file.
	endsWithin = 30 * time.Second
	lookEvery  = 200 * time.Millisecond
)

func cancelCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "cancel RUN | JOB [TICK]",
		Short: "End a run that waits or goes on",
		Long: `End a run, and wait until it has ended: one that waits for its turn or for its
next attempt at once, one that goes on within seconds, also on another node. It
publishes nothing, and is not tried again.

  runner cancel nightly-models                              the one that waits or goes on
  runner cancel nightly-models 2026-03-02T02:30:00Z         that of a tick
  runner cancel nightly-models-20260302T023000Z             as runner runs lists it

Exit codes: 0 it has ended as canceled, or there is none to cancel; 1 it had ended
already, or doesn't end; 2 wrong usage, or no such run.`,
		ValidArgsFunction: s.completeJobs,
		RunE: func(command *cobra.Command, args []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if len(args) < 1 || len(args) > 2 {
				return usagef("cancel takes one run, as runner runs lists them, or a job and the tick of its run")
			}
			ctx := command.Context()
			return s.withDoor(ctx, func(d door) error {
				found, err := runToCancel(ctx, d, args)
				if err != nil {
					return err
				}
				if found == nil {
					if asJSON {
						_, err = fmt.Fprintln(s.out, "null")
						return err
					}
					_, err = fmt.Fprintf(s.out, "%s: nothing to cancel: no run of it waits or goes on\n", args[0])
					return err
				}
				return s.cancel(ctx, d, *found, asJSON)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	return command
}

// runToCancel finds the run that the words name, nil where a job has none.
func runToCancel(ctx context.Context, d door, words []string) (*store.Run, error) {
	last := words[len(words)-1]
	if job, _, err := store.ParseRunID(last); err == nil {
		if len(words) == 2 && job != words[0] {
			return nil, usagef("%s is no run of the job %s", last, words[0])
		}
		run, err := d.Run(ctx, last)
		return &run, notFound(err)
	}
	if len(words) == 2 {
		return runOfTick(ctx, d, words[0], last)
	}
	runs, err := d.Runs(ctx, store.Filter{Job: last, States: []store.State{store.Running, store.Scheduled}, Limit: 1000})
	switch {
	case err != nil:
		return nil, err
	case len(runs) == 1:
		return &runs[0], nil
	case len(runs) > 1:
		var names []string
		for _, run := range runs {
			names = append(names, run.Run)
		}
		return nil, usagef("%s has %s that wait or go on: which? %s", last, figures.Count(len(runs), "run"), figures.First(names, "more run"))
	}
	if runs, err = d.Runs(ctx, store.Filter{Job: last, Limit: 1}); err == nil && len(runs) == 0 {
		err = usagef("the ledger has no run of a job named %s; runner runs lists those that it has", last)
	}
	return nil, err
}

// runOfTick finds a job's run of a tick.
func runOfTick(ctx context.Context, d door, job, word string) (*store.Run, error) {
	tick, err := time.Parse(time.RFC3339, word)
	if err != nil {
		if tick, err = time.Parse("20060102T150405Z", word); err != nil {
			return nil, usagef("%q is neither a run, as runner runs lists them, nor a tick such as 2026-03-02T02:30:00Z", word)
		}
	}
	runs, err := d.Runs(ctx, store.Filter{Job: job, Before: tick.Add(time.Microsecond), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(runs) == 0 || !runs[0].Tick.Equal(tick) {
		return nil, notFound(fmt.Errorf("%w: %s at %s", store.ErrNotFound, job, word))
	}
	return &runs[0], nil
}

// cancel ends a run, and waits for that.
func (s *settings) cancel(ctx context.Context, d door, run store.Run, asJSON bool) error {
	err := d.Cancel(ctx, run.Run)
	if err != nil && !errors.Is(err, store.ErrEnded) {
		return notFound(err)
	}
	over := err != nil
	for until := time.Now().Add(endsWithin); ; {
		if run, err = d.Run(ctx, run.Run); err != nil {
			return notFound(err)
		}
		if run.State.Ended() || time.Now().After(until) {
			break
		}
		if err := patience.Wait(ctx, lookEvery); err != nil {
			return fmt.Errorf("%s was told to stop, and may not have ended yet: %w", run.Run, err)
		}
	}
	if asJSON {
		if err := json.NewEncoder(s.out).Encode(run); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.out, canceled(&run, over))
	}
	if run.State != store.Canceled {
		return codeError(exitFailed)
	}
	return nil
}

// canceled says what became of a run that somebody wanted to end.
func canceled(run *store.Run, over bool) string {
	switch {
	case !run.State.Ended():
		return fmt.Sprintf("%s was told to stop, and has not ended within %s: its node works on something that it can't leave, or is gone; "+
			"runner show %s tells", run.Run, figures.Took(endsWithin), run.Run)
	case over:
		return fmt.Sprintf("%s had ended already: %s", run.Run, run.State)
	case run.State != store.Canceled:
		return fmt.Sprintf("%s had ended before it could stop: %s", run.Run, run.State)
	}
	return strings.TrimSuffix(fmt.Sprintf("%s canceled: %s", run.Run, run.Error), ": ")
}
