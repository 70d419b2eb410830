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

// Close waits for what goes on beside the runs, and lets everything go.
func (x *Service) Close() {
	x.keeper.wait()
	x.runner.Transport.CloseIdleConnections()
	x.runner.Dir.Close()
}

// UserAgent is how a version of this program names itself to servers.
func UserAgent(version string) string { return "speckle-runner/" + version }
