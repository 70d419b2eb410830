package service

import (
	"context"
	"time"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/store"
)

// ofVersion gives the version that the run of a tick is of; zero: of none. It comes
// from the ledger, so that every attempt of a run, on whatever node, is of the same.
func (x *Service) ofVersion(ctx context.Context, job *jobs.Job, tick time.Time) (version.Ref, error) {
	var v store.Version
	err := x.ledger.Patiently(ctx, func() (err error) {
		v, _, err = x.ledger.VersionOf(ctx, job.Name, tick)
		return err
	})
	return refOf(job, v), err
}

// refOf gives a run's version as the reader takes it. Without on_version its project
// is empty: elements name theirs themselves.
func refOf(job *jobs.Job, v store.Version) version.Ref {
	if v.ID == "" {
		return version.Ref{}
	}
	ref := version.Ref{Model: v.Model, Version: v.ID}
	if job.OnVersion != nil {
		ref.Project = job.OnVersion.Project
	}
	return ref
}
