package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"speckle-runner/internal/commandline"
	"speckle-runner/internal/demo"
	"speckle-runner/internal/report"
)

// demoFlags are the flags of `runner demo`.
type demoFlags struct {
	dir      string
	serve    bool
	listen   string
	basePath string
}

func demoCommand(s *settings) *cobra.Command {
	var flags demoFlags
	command := &cobra.Command{
		Use:   "demo",
		Short: "See it work: no account and no network needed",
		Long: `Start a Speckle-like server on this machine, run all jobs of jobs.example.yaml against
it, receive their webhooks, and show the results. Each job gets a made-up token with
the scopes that it names. The demo has its own jobs and its own ledger: it takes no
--file and no --database.

With --serve it stays up and shows the dashboard, with made-up past runs, so that
every page has something to show.`,
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error {
			for _, name := range []string{"file", "database"} {
				if f := command.Flags().Lookup(name); f.Changed && os.Getenv(commandline.VariableOf(name)) == "" {
					return usagef("--%s: the demo has its own jobs and its own ledger", name)
				}
			}
			s.outputDir, s.database = flags.dir, "sqlite:"+filepath.Join(flags.dir, ".runner", "runner.db")
			return s.demo(command.Context(), flags)
		},
	}
	command.Flags().StringVar(&flags.dir, "output-dir", "runner-demo", "the folder that the exports are written to")
	command.Flags().BoolVar(&flags.serve, "serve", false, "stay up, with the dashboard")
	command.Flags().StringVar(&flags.listen, "listen", defaultListen, "with --serve: address of the dashboard")
	command.Flags().StringVar(&flags.basePath, "base-path", "", "with --serve: `PATH` below which a proxy serves the dashboard")
	return command
}

func (s *settings) demo(ctx context.Context, flags demoFlags) error {
	serving := serveFlags{listen: flags.listen, basePath: flags.basePath, parallel: 8, drain: demoDrain, preflight: true}
	if _, err := serving.base(); err != nil {
		return err
	}
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
	if flags.serve {
		if err := d.Remember(ctx, m.ledger, file, time.Now()); err != nil {
			return err
		}
	}
	d.Open(file)
	var all []report.Finished
	for _, job := range file.Jobs {
		f := m.run(ctx, m.order(job))
		all = append(all, f)
		d.Ran(job, f.Ended)
	}
	if err := exitOfRuns(all); err != nil {
		return err
	}
	d.Sum()
	if !flags.serve {
		return nil
	}
	m.close() // serve opens the ledger again
	name, err := d.WriteJobs()
	if err != nil {
		return err
	}
	s.files = []string{name}
	serving.up = d.Served
	return s.serve(ctx, serving)
}

// demoDrain is how long the demo's runs may go on after a stop: they are short.
const demoDrain = 5 * time.Second
