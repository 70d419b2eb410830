package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/document"
	"speckle-runner/internal/proxy"
	"speckle-runner/internal/report"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/service"
)

func validateCommand(s *settings) *cobra.Command {
	online := false
	command := &cobra.Command{
		Use:   "validate",
		Short: "Check a job file; with --online, ask the servers too",
		Long:  onlineLong,
		Args:  noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			asJSON, err := s.onlineJSON(online)
			if err != nil {
				return err
			}
			file, problems := s.read(nil)
			if file != nil {
				for _, job := range file.Jobs {
					problems = append(problems, job.ScheduleWarnings(time.Now())...)
				}
			}
			slices.SortStableFunc(problems, func(a, b document.Problem) int {
				return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
			})
			if file, err = s.loaded(file, problems); err != nil {
				return err
			}
			unset := s.warnHere(file)
			for _, text := range []string{service.DisksApart(file, s.ledgerName()), errorText(proxy.Check()), proxy.Unread()} {
				if text != "" {
					unset++
					fmt.Fprintf(s.err, "%s: warning: %s\n", secret.MaskAll(file.Name), text)
				}
			}
			if !asJSON {
				report.Valid(s.out, file, len(problems.Warnings())+unset, service.HowToSet(file))
			}
			if online {
				return s.validateOnline(command.Context(), file, asJSON)
			}
			return nil
		},
	}
	s.formatFlag(command)
	command.Flags().BoolVar(&online, "online", false, "also ask each job's server: token, scopes, and the query against its schema")
	return command
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// warnHere warns of what would keep jobs from running on this machine and with this build.
// It gives how many warnings there are.
func (s *settings) warnHere(file *jobs.File) int {
	found := 0
	for _, job := range file.Jobs {
		if err := run.Supported(job); err != nil {
			found++
			fmt.Fprintf(s.err, "%s:%d: warning: jobs.%s: %s\n", secret.MaskAll(job.File()), job.Line, job.Name, err)
		}
		if missing := service.Lacks(job); len(missing) > 0 {
			found++
			fmt.Fprintf(s.err, "%s:%d: warning: jobs.%s: %s\n", secret.MaskAll(job.File()), job.Line, job.Name, strings.Join(missing, "; "))
		}
	}
	return found
}
