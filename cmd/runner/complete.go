package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// completeJobs offers the names of the job file's jobs to the shell, or those of --server.
func (s *settings) completeJobs(command *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if s.server != "" {
		return s.completeThere(command.Context()), cobra.ShellCompDirectiveNoFileComp
	}
	file, _ := s.read(nil)
	if file == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, job := range file.Jobs {
		names = append(names, cobra.CompletionWithDesc(job.Name, job.Description))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeThere offers the jobs that --server has, if it answers soon.
func (s *settings) completeThere(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	client, err := s.openServer()
	if err != nil {
		return nil
	}
	defer client.Close()
	names, _ := client.Jobs(ctx)
	return names
}
