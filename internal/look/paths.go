package look

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

// Look is one look at the elements of a version, outside of any run.
type Look struct {
	Job       *jobs.Job
	Where     []elements.Condition
	OutputDir string // below it the version lies for as long as it is looked at
	UserAgent string
	Redactor  *secret.Redactor // of this look
	Log       zerolog.Logger
	Doing     func(text string) // is told how far it is
}

// Paths is what a look has seen.
type Paths struct {
	Version  versions.Version
	Paths    []elements.Path
	Warnings []string
}

// At finds the version and lists its paths. Nothing is left of it.
func (l *Look) At(ctx context.Context, given versions.Ref) (*Paths, error) {
	token, err := l.Job.Token.ResolveToken()
	if err != nil {
		return nil, &run.TokenError{Err: err}
	}
	l.Redactor.Add(token)
	ref, err := refNow(l.Job, given)
	if err != nil {
		return nil, fmt.Errorf("%w: name it with --project, --model or --version", err)
	}
	client := speckle.NewClient(speckle.Options{
		Server: l.Job.Server, Token: token, UserAgent: l.UserAgent, Limiters: speckle.NewLimiters(), Log: l.Log, Redactor: l.Redactor,
	})
	defer client.Close()
	l.Doing("looking for the version")
	version, err := versions.Find(ctx, client, ref)
	if err != nil {
		return nil, err
	}
	return l.through(ctx, client, version)
}

// through brings the version here, below the output folder as a run does, and
// looks through it.
func (l *Look) through(ctx context.Context, client *speckle.Client, version versions.Version) (seen *Paths, err error) {
	dir, err := output.OpenDir(l.OutputDir)
	if err != nil {
		return nil, fmt.Errorf("--output-dir %s: %w", l.OutputDir, err)
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	scratch, remove, err := dir.NewScratch("paths-" + l.Job.Name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	opened, _, err := building.Open(ctx, version, building.Options{
		Client: client, Scratch: scratch, Budget: speckle.NewBudget(l.Job.MaxBytes), Redactor: l.Redactor, Log: l.Log, Progress: l.fetched,
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	l.Doing("looking through it")
	paths, err := elements.ListPaths(ctx, opened.Source, l.Where)
	if err != nil {
		return nil, fmt.Errorf("version %s: %w", version.ID, err)
	}
	return &Paths{Version: version, Paths: paths, Warnings: opened.Warnings}, nil
}

// fetched says how much of the version is here.
func (l *Look) fetched(p versions.Progress) {
	l.Doing("fetching the version: " + figures.Size(p.Bytes))
}
