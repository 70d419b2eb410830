package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/demo"
)

func demoCommand(s *settings) *cobra.Command {
	var dir string
	command := &cobra.Command{
		Use:   "demo",
		Short: "See it work: no account and no network needed",
		Long: `Start a Speckle-like server on loopback, give each job of jobs.example.yaml a
made-up token with the scopes that it names, run all of them against it, receive
their webhooks, and show what came out. The jobs and the ledger are the demo's
own: it takes no --file and no --database.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			for _, name := range []string{"file", "database"} {
				if f := command.Flags().Lookup(name); f.Changed && os.Getenv(variableOf(name)) == "" {
					return usagef("--%s: the demo has jobs and a ledger of its own", name)
				}
			}
			s.outputDir, s.database = dir, "sqlite:"+filepath.Join(dir, ".runner", "runner.db")
			return s.demo(command.Context())
		},
	}
	command.Flags().StringVar(&dir, "output-dir", "runner-demo", "folder that the exports are written to")
	return command
}

func (s *settings) demo(ctx context.Context) error {
	d, err := demo.Start(s.out, s.outputDir)
	if err != nil {
		return err
	}
	defer d.Close()
	file, err := s.loaded(d.Jobs())
	if err != nil {
		return err
	}
	m, err := s.openManual(ctx, file, runFlags{parallel: 1, logLevel: zerolog.WarnLevel, still: true, deliverFor: deliverFor})
	if err != nil {
		return err
	}
	defer m.close()
	d.Open(file)
	var all []finished
	for _, job := range file.Jobs {
		f := m.run(ctx, m.order(job))
		all = append(all, f)
		d.Ran(job, f.Ended)
	}
	if err := ended(all); err != nil {
		return err
	}
	d.Sum()
	return nil
}
