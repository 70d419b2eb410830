package scheduler

import (
	"hash/fnv"
	"math/bits"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// tickOf makes the ledger's row for a tick that a schedule gave.
func tickOf(job *jobs.Job, follows string, tick time.Time, why store.Trigger, generation string) store.Due {
	due := dueAt(job, tick, why, generation)
	due.Schedule = follows
	return due
}

// dueAt makes the ledger's row for a run of a job that is due.
func dueAt(job *jobs.Job, tick time.Time, why store.Trigger, generation string) store.Due {
	return store.Due{
		Job: job.Name, Tick: tick, Trigger: why, Delay: Delay(job),
		Server: job.Server.Origin(), Generation: generation, QueryHash: job.QueryHash(),
	}
}

// Delay is a job's share of its spread. It comes from the job's name, so it is the same
// for each tick and on each node.
func Delay(job *jobs.Job) time.Duration {
	if job.Spread <= 0 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(job.Name)) // never fails
	// FNV's high bits hardly differ for names that differ at their end.
	mixed := h.Sum64()
	mixed = (mixed ^ mixed>>32) * 0x9e3779b97f4a7c15
	share, _ := bits.Mul64(mixed, uint64(job.Spread))
	return time.Duration(share) //nolint:gosec // below the spread, a duration
}
