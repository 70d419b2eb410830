package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/said"
	"speckle-runner/internal/store"
)

func showCommand(s *settings) *cobra.Command {
	command := &cobra.Command{
		Use:   "show RUN",
		Short: "Show one run: pages, records, files, deliveries and its own log",
		RunE: func(command *cobra.Command, args []string) error {
			asJSON, err := s.json()
			if err != nil {
				return err
			}
			if len(args) != 1 {
				return usagef("show takes one run, as runner runs lists them")
			}
			return s.withDoor(command.Context(), func(d door) error {
				shown, err := d.Whole(command.Context(), args[0])
				if err != nil {
					return notFound(err)
				}
				if asJSON {
					return json.NewEncoder(s.out).Encode(shown)
				}
				return s.printRun(shown)
			})
		},
	}
	s.formatFlag(command)
	s.serverFlags(command)
	return command
}

func (s *settings) printRun(r store.Whole) error {
	field := func(name, format string, args ...any) {
		fmt.Fprintf(s.out, "%-11s %s\n", name, said.Indent(fmt.Sprintf(format, args...), strings.Repeat(" ", 12)))
	}
	field("run", "%s", r.Run.Run)
	field("job", "%s", r.Job)
	field("due", "%s", r.Tick.Format(time.RFC3339))
	field("state", "%s (attempt %d, %s)", r.State, r.Attempt, r.Trigger)
	if r.TriesAgainAt != nil {
		field("waits", "tries again at %s", r.TriesAgainAt.Format(time.RFC3339))
	}
	if r.Node != "" {
		field("node", "%s", r.Node)
	}
	if r.StartedAt != nil {
		field("started", "%s", r.StartedAt.Format(time.RFC3339Nano))
		if r.FinishedAt != nil {
			whole := ""
			if len(r.Attempts) > 1 && r.Attempts[0].StartedAt != nil {
				whole = fmt.Sprintf(" (%s from the first attempt on)", figures.Took(r.FinishedAt.Sub(*r.Attempts[0].StartedAt)))
			}
			field("finished", "%s, after %s%s", r.FinishedAt.Format(time.RFC3339Nano), figures.Took(r.FinishedAt.Sub(*r.StartedAt)), whole)
		}
		field("read", "%s, %s", figures.Count(r.Pages, "page"), figures.Count(r.Records, "record"))
	}
	for _, f := range r.Files {
		field("file", "%s (%s, %s, sha256 %s)", f.Path, figures.Count(f.Records, "record"), figures.Size(f.Bytes), f.SHA256)
	}
	for _, d := range r.Deliveries {
		field("delivery", "%s to %s: %s", d.ID, d.Target, delivered(d))
	}
	for _, w := range r.Warnings {
		field("warning", "%s", w)
	}
	if r.Error != "" {
		field("error", "%s", r.Error)
	}
	for _, a := range r.Attempts {
		if len(r.Attempts) > 1 {
			field("attempt", "%d %s on %s %s", a.Attempt, a.State, a.Node, a.Error)
		}
	}
	if r.Log != "" {
		fmt.Fprintln(s.out, "log")
		for line := range strings.Lines(r.Log) {
			fmt.Fprintf(s.out, "  %s\n", strings.TrimRight(line, "\n"))
		}
	}
	return nil
}

// delivered says how a delivery stands: after how many tries, why the last
// one didn't arrive, and when the next one is due.
func delivered(d store.RunDelivery) string {
	text := fmt.Sprintf("%s after %s", d.State, figures.Tries(d.Attempts))
	if d.Note != "" {
		text += ", but " + d.Note
	}
	if d.Error != "" {
		text += ": " + d.Error
	}
	if d.NextTry != nil && d.Attempts > 0 {
		text += "; the next try is due at " + d.NextTry.Format(time.RFC3339)
	}
	return text
}
