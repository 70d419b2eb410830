package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/run"
	"speckle-runner/internal/run/building"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	versions "speckle-runner/internal/speckle/version"
)

// look is one look at the elements of a version, outside of any run.
type look struct {
	*settings

	job      *jobs.Job
	where    []elements.Condition
	redactor *secret.Redactor // of this look
	log      zerolog.Logger
	doing    func(text string)
}

// at finds the version, brings it here, and lists its paths. Nothing is left of it.
func (l *look) at(ctx context.Context, given versions.Ref) (seen *seenPaths, err error) {
	token, err := l.job.Token.ResolveToken()
	if err != nil {
		return nil, &run.TokenError{Err: err}
	}
	l.redactor.Add(token)
	ref, err := refNow(l.job, given)
	if err != nil {
		return nil, fmt.Errorf("%w: name it with --project, --model or --version", err)
	}
	client := speckle.NewClient(speckle.Options{
		Server: l.job.Server, Token: token, UserAgent: userAgent(), Limiters: speckle.NewLimiters(), Log: l.log, Redactor: l.redactor,
	})
	defer client.Close()
	l.doing("looking for the version")
	version, err := versions.Find(ctx, client, ref)
	if err != nil {
		return nil, err
	}
	scratch, err := os.MkdirTemp("", "runner-paths-")
	if err != nil {
		return nil, fmt.Errorf("make room for version %s: %w", version.ID, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	opened, _, err := building.Open(ctx, version, building.Options{
		Client: client, Scratch: scratch, Budget: speckle.NewBudget(l.job.MaxBytes), Redactor: l.redactor, Log: l.log, Progress: l.fetched,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	l.doing("looking through it")
	paths, err := elements.ListPaths(ctx, opened.Source, l.where)
	if err != nil {
		return nil, fmt.Errorf("version %s: %w", version.ID, err)
	}
	return &seenPaths{version: version, paths: paths, warnings: opened.Warnings}, nil
}

// fetched says how much of the version is here.
func (l *look) fetched(p versions.Progress) { l.doing("fetching the version: " + size(p.Bytes)) }
