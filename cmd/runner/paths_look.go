package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"speckle-runner/internal/elements"
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
	client := speckle.NewClient(speckle.Options{
		Server: l.job.Server, Token: token, UserAgent: userAgent(), Limiters: speckle.NewLimiters(), Log: l.log, Redactor: l.redactor,
	})
	defer client.Close()
	l.doing("looking for the version")
	if given, err = l.ofVersion(ctx, client, given); err != nil {
		return nil, err
	}
	ref, err := refNow(l.job, given)
	if err != nil {
		return nil, fmt.Errorf("%w: name it with --project, --model or --version", err)
	}
	version, err := versions.Find(ctx, client, ref)
	if err != nil {
		return nil, err
	}
	return l.through(ctx, client, version)
}

// ofVersion gives the model of a version that is named, where the job reads
// whichever has a new one.
func (l *look) ofVersion(ctx context.Context, client *speckle.Client, given versions.Ref) (versions.Ref, error) {
	if given.Version == "" || given.Model != "" || !l.job.Elements.Model.Uses("version.model") {
		return given, nil
	}
	given.Model = "-" // known once the project is
	ref, err := refNow(l.job, given)
	if err != nil {
		return given, fmt.Errorf("%w: name it with --project", err)
	}
	found, err := versions.Named(ctx, client, ref.Project, ref.Version)
	if err != nil {
		return given, fmt.Errorf("version %s of project %s: %w", ref.Version, ref.Project, err)
	}
	ref.Model = found.Model
	return ref, nil
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
func (l *look) fetched(p versions.Progress) { l.doing("fetching the version: " + size(p.Bytes)) }
