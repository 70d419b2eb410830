package service

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
	"speckle-runner/internal/output/blob"
	"speckle-runner/internal/output/disk"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// Options say what a service is made of.
type Options struct {
	File      *jobs.File   // in force from the start
	OutputDir string       // file outputs lie below it
	Ledger    *store.Store // its opener closes it; nil only for a dry run
	Database  store.Name   // of the ledger: no output takes the place of its files
	Version   string       // of the program
	Logs      Logs
	Observer  Observer        // of runs by hand; nil: nobody looks
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
		x.log.Warn().Str("run", f.Run).Str("file", f.Path).
			Msg("a killed run had replaced this file, and not all that goes with it: the old one is there again")
	}
	x.noteKilled(recovered.Untold)
	for _, problem := range recovered.Problems {
		x.log.Error().Msg(problem)
	}
	return nil
}

// noteKilled writes to the ledger which files runs had published whose process was
// killed before it could do so.
func (x *Service) noteKilled(killed []output.Untold) {
	if len(killed) == 0 || x.ledger == nil {
		return
	}
	late := make([]store.LateFiles, len(killed))
	for i, k := range killed {
		late[i] = store.LateFiles{Job: k.By.Job, Tick: k.By.Tick, Attempt: k.By.Attempt, Files: ledgerFiles(k.Files)}
	}
	if err := x.ledger.NoteLateFiles(context.Background(), late); err != nil {
		x.log.Warn().Str("error", secret.Mask(err.Error())).Msg("files of killed runs are in place, and the ledger doesn't know of them")
	}
}

// noteFenced writes to the ledger which files an attempt had published that then lost
// its run to another node. Where that fails, the next start does it.
func (x *Service) noteFenced(c store.Claim, o store.Outcome) {
	if len(o.Files) > 0 {
		late := []store.LateFiles{{Job: c.Job, Tick: c.Tick, Attempt: c.Attempt, Files: o.Files}}
		if err := x.ledger.NoteLateFiles(context.Background(), late); err != nil {
			x.log.Warn().Str("run", c.Run).Str("error", secret.Mask(err.Error())).
				Msg("the run's files are in place, and the ledger doesn't know of them")
			return
		}
	}
	x.runner.InLedger(c.Run, c.Attempt)
}

// finishStorage finishes or takes back what killed runs left half published in buckets.
// It needs the network, so no start waits for it; what can't be done now is tried again.
func (x *Service) finishStorage(ctx context.Context) {
	err := blob.Finish(ctx, x.runner.Dir, "", func(run, what string) { x.log.Warn().Str("run", run).Msg(what) })
	if err != nil && ctx.Err() == nil {
		x.log.Warn().Str("error", err.Error()).Msg("it is tried again within the hour, and before the job's next run publishes")
	}
}

// guard keeps outputs from taking the place of the runner's own files: the
// ledger's, the job file, and those that it names.
func (x *Service) guard(file *jobs.File) {
	var guarded []disk.Guarded
	for _, path := range x.ledgerFiles {
		guarded = append(guarded, disk.Guarded{Path: path, What: "the ledger's file"})
	}
	for _, f := range file.OwnFiles() {
		guarded = append(guarded, disk.Guarded{Path: f.Path, What: f.What})
	}
	x.runner.Dir.Guard(guarded)
}
