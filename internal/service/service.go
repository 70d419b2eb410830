package service

import (
	"io"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/tracing"
)

// Service makes the attempts of runs, for `run` and for `serve`: it brings together
// what runs (run.Runner) and what remembers (store.Store).
type Service struct {
	runner *run.Runner
	ledger *store.Store
	logs   Logs
	log    zerolog.Logger
	// failures is the level that a failed run is logged at: an error in serve, less
	// in run, whose summary says it, too.
	failures zerolog.Level
	// job gives a job of the file in force; nil where that doesn't have it, as when a
	// delivery of a job still waits that was taken out of the file.
	job         func(name string) *jobs.Job
	tokens      *preflights // nil: nobody asks about tokens outside of runs
	keeper      keeper
	traces      *tracing.Traces // nil: nothing is traced
	ledgerFiles []string        // files of the ledger
	file        *jobs.File      // in force at the start

	version  string
	observer Observer
	dry      bool // nothing is published or written down
}

// Logs is where a service logs.
type Logs struct {
	Redactor *secret.Redactor // of the process; runs are lent theirs from it
	// Logger makes a logger that leaves out the secrets that a redactor knows. also gets
	// each line, too, as text for people; nil: nothing does.
	Logger func(redactor *secret.Redactor, also io.Writer) zerolog.Logger
}

// Close waits until old exports are removed, then closes connections and the output folder.
func (x *Service) Close() {
	x.keeper.wait()
	x.runner.Transport.CloseIdleConnections()
	x.runner.Dir.Close()
}

// UserAgent is how a version of this program names itself to servers.
func UserAgent(version string) string { return "speckle-runner/" + version }
