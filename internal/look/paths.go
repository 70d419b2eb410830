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
	"speckle-runner/internal/tokens"
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
	token, err := tokens.Read(ctx, l.Job.Token)
	if err != nil {
		return nil, &run.TokenError{Err: err}
	}
	l.Redactor.Add(token)
	client := speckle.NewClient(speckle.Options{
		Server: l.Job.Server, Token: token, UserAgent: l.UserAgent, Limiters: speckle.NewLimiters(), Log: l.Log, Redactor: l.Redactor,
	})
	defer client.Close()
	l.Doing("looking for the version")
	if given, err = l.ofVersion(ctx, client, given); err != nil {
		return nil, err
	}
	ref, err := refNow(l.Job, given)
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
func (l *Look) ofVersion(ctx context.Context, client *speckle.Client, given versions.Ref) (versions.Ref, error) {
	if given.Version == "" || given.Model != "" || !l.Job.Elements.Model.Uses("version.model") {
		return given, nil
	}
	given.Model = "-" // known once the project is
	ref, err := refNow(l.Job, given)
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
	tidied := func(err error) {
		if err != nil {
			l.Log.Warn().Str("error", l.Redactor.Text(err.Error())).
				Msg("what the version took on the disk wasn't all removed: the next start does it")
		}
	}
	defer func() { tidied(remove()) }()
	opened, _, err := building.Open(ctx, version, building.Options{
		Client: client, Scratch: scratch, Budget: speckle.NewBudget(l.Job.MaxBytes), Redactor: l.Redactor, Log: l.Log, Progress: l.fetched,
	})
	if err != nil {
		return nil, dir.Full(err)
	}
	defer func() { tidied(opened.Close()) }()
	l.Doing("looking through it")
	paths, err := elements.ListPaths(ctx, opened.Source, l.Where)
	if err != nil {
		return nil, dir.Full(fmt.Errorf("version %s: %w", version.ID, err))
	}
	return &Paths{Version: version, Paths: paths, Warnings: opened.Warnings}, nil
}

// fetched says how much of the version is here.
func (l *Look) fetched(p versions.Progress) {
	l.Doing("fetching the version: " + figures.Size(p.Bytes))
}
