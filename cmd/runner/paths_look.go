package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
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

// at finds the version and lists its paths. Nothing is left of it.
func (l *look) at(ctx context.Context, given versions.Ref) (*seenPaths, error) {
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
	return l.through(ctx, client, version)
}

// through brings the version here, below the output folder as a run does, and
// looks through it.
func (l *look) through(ctx context.Context, client *speckle.Client, version versions.Version) (seen *seenPaths, err error) {
	dir, err := output.OpenDir(l.outputDir)
	if err != nil {
		return nil, fmt.Errorf("--output-dir %s: %w", l.outputDir, err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	scratch, remove, err := dir.NewScratch("paths-" + l.job.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
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
func (l *look) fetched(p versions.Progress) {
	l.doing("fetching the version: " + figures.Size(p.Bytes))
}
