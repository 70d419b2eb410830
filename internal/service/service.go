package service

import (
	"context"
	"fmt"
	"io"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// Service does attempts that the ledger has given out: it brings together the
// room that runs and the room that remembers, for `run` and for `serve`.
type Service struct {
	runner *run.Runner
	ledger *store.Store
	logs   Logs
	log    zerolog.Logger
	// failures is the level that a failed run is logged at: of an error, or
	// lower where a summary tells it, too.
	failures zerolog.Level
	// job gives a job of the file in force, nil for one that it hasn't: people
	// are told of runs and messages of jobs that nobody runs here at the moment.
	job         func(name string) *jobs.Job
	tokens      *preflights // nil: nobody asks about tokens outside of runs
	keeper      keeper
	traces      *tracing.Traces // nil: nothing is traced
	ledgerFiles []string        // files of the ledger
	file        *jobs.File      // of runs by hand

	version  string
	observer Observer
	dry      bool // nothing is published or written down
}

// Logs is where a service logs.
type Logs struct {
	Redactor *secret.Redactor // of the process; runs are lent theirs from it
	// Logger makes a logger that leaves out the secrets that a redactor knows. What
	// it logs goes to also, too, as text for people; nil: nowhere else.
	Logger func(redactor *secret.Redactor, also io.Writer) zerolog.Logger
}

// Options say what a service is made of.
type Options struct {
	File      *jobs.File   // in force from the start
	OutputDir string       // that file outputs are below
	Ledger    *store.Store // its opener closes it; nil only for a dry run
	Database  store.Name   // of the ledger: no output takes the place of its files
	Version   string       // of the program
	Logs      Logs
	Observer  Observer        // is shown runs by hand; nil: nobody looks
	Traces    *tracing.Traces // nil: nothing is traced; its opener closes it
	DryRun    bool            // runs are tried: nothing is published, and nothing written down
}

// New opens the output folder, and finishes what a killed process had
// decided to publish. Close it at the end.
func New(o Options) (*Service, error) {
	dir, err := output.OpenDir(o.OutputDir)
	if err != nil {
		return nil, fmt.Errorf("--output-dir %s: %w", o.OutputDir, err)
	}
	x := &Service{
		runner: &run.Runner{Dir: dir, Limiters: speckle.NewLimiters(), Transport: speckle.NewTransport(), UserAgent: UserAgent(o.Version)},
		ledger: o.Ledger, logs: o.Logs, log: o.Logs.Logger(o.Logs.Redactor, nil), failures: zerolog.InfoLevel,
		ledgerFiles: o.Database.Files(), file: o.File, job: o.File.Job, version: o.Version, observer: o.Observer, dry: o.DryRun, traces: o.Traces,
	}
	if x.observer == nil {
		x.observer = nobody{}
	}
	if !x.dry {
		if err := x.recover(); err != nil {
			x.Close()
			return nil, err
		}
	}
	x.guard(o.File)
	if x.ledger != nil {
		x.ledger.Ended(x.teller().Ended)
	}
	return x, nil
}

// recover finishes what a killed process had decided to publish.
func (x *Service) recover() error {
	recovered, err := x.runner.Dir.Recover(context.Background())
	if err != nil {
		return fmt.Errorf("--output-dir %s: %w", x.runner.Dir.Path(), err)
	}
	for _, f := range recovered.Completed {
		x.log.Warn().Str("run", f.Run).Str("file", f.Path).Msg("a killed run had decided on this file: it is published now")
	}
	for _, f := range recovered.PutBack {
		x.log.Warn().Str("run", f.Run).Str("file",
			f.Path).Msg("a killed run had replaced this file, and not all that goes with it: the old one is there again")
	}
	for _, problem := range recovered.Problems {
		x.log.Error().Msg(problem)
	}
	return nil
}

// finishStorage puts right what killed runs left half done in storage. It needs a
// network, so that no start waits for it; what can't be done now is tried again.
func (x *Service) finishStorage(ctx context.Context) {
	err := blob.Finish(ctx, x.runner.Dir, "", func(run, what string) { x.log.Warn().Str("run", run).Msg(what) })
	if err != nil && ctx.Err() == nil {
		x.log.Warn().Str("error", err.Error()).Msg("it is tried again within the hour, and before the job's next run publishes")
	}
}

// Close waits for what goes on beside the runs, and lets everything go.
func (x *Service) Close() {
	x.keeper.wait()
	x.runner.Transport.CloseIdleConnections()
	x.runner.Dir.Close()
}

// UserAgent is how a version of this program names itself to servers.
func UserAgent(version string) string { return "speckle-runner/" + version }
