package service

import (
	"time"

	"github.com/rs/zerolog"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// watchStuck warns once of an attempt that goes on although its timeout is over, and counts it,
// until it is told that the attempt has ended. Nothing ends a call to a disk that doesn't
// answer, and eight such runs keep all others waiting.
func watchStuck(log zerolog.Logger, count func() (ended func()), job *jobs.Job, c store.Claim) (ended func()) {
	counted := make(chan func(), 1)
	timer := time.AfterFunc(job.StuckAfter(), func() {
		counted <- count()
		log.Warn().Str("job", job.Name).Str("run", c.Run).Int("attempt", c.Attempt).Str("timeout", job.Timeout.String()).
			Str("hint", "see whether the output folder can be written: a disk across a network that is gone hangs like this").
			Msg("the run's timeout is over, and it can't be stopped: what it works on doesn't answer; it keeps its place from other runs")
	})
	return func() {
		if !timer.Stop() {
			(<-counted)()
		}
	}
}
