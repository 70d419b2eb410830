package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
	"speckle-runner/internal/output/target"
	"speckle-runner/internal/speckle/version"
	"speckle-runner/internal/tracing"
)

// publish encodes every file and makes every message; only then are all files put in
// place together. So a message that can't be made changes no file.
func (e *publisher) publish(ctx context.Context) (err error) {
	ctx, span := tracing.Start(ctx, "publish")
	defer func() { e.endTrace(span, err) }()
	if err := e.compare(ctx); err != nil {
		return err
	}
	publication, err := e.begin(ctx)
	if err != nil {
		return err
	}
	defer publication.abort()
	e.report(Progress{Stage: Writing, Pages: e.result.Pages, Records: e.in.spool.Count(), Total: e.in.spool.Count()})
	var complete []target.Published
	for i := range e.Job.Outputs {
		if out := &e.Job.Outputs[i]; out.IsFile() && !e.unchanged[i] {
			written, err := e.stageAll(ctx, publication, out)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			complete = append(complete, written...)
		}
	}
	if err := e.owe(ctx, complete); err != nil {
		return err
	}
	e.mark()
	lease := target.NewLease(e.Hold)
	if err := lease.Check(ctx); err != nil {
		return err
	}
	e.result.Files, err = publication.commit(ctx, lease)
	for _, f := range e.result.Files {
		e.result.Bytes += f.Bytes
	}
	e.reportLeft(publication.left())
	for _, text := range publication.warnings() {
		e.warn(text)
	}
	return err
}

// endTrace ends the span of publish.
func (e *publisher) endTrace(span *tracing.Span, err error) {
	span.Number("runner.outputs", int64(len(e.Job.Outputs)))
	span.Number("runner.files", int64(len(e.result.Files)))
	span.Number("runner.bytes", e.result.Bytes)
	span.Number("runner.messages", int64(len(e.result.Owed)))
	if err != nil {
		span.Failed(reasonOf(err))
	}
	span.End()
}

// reportLeft says which paths were left alone, because a run of a later tick wrote them.
// For a latest that is as it should be, so it is no warning.
func (e *publisher) reportLeft(left []target.Left) {
	by := map[string]*namedFiles{} // runs
	var runs []string
	for _, l := range left {
		if l.Latest {
			e.Log.Info().Str("file", l.Path).Str("newer", l.By).Msg("the latest export is left as it is: it is of a later tick")
			continue
		}
		if by[l.By] == nil {
			by[l.By], runs = &namedFiles{}, append(runs, l.By)
		}
		by[l.By].add(l.Path)
	}
	for _, run := range runs {
		if files := by[run]; files.count == 1 {
			e.warn(fmt.Sprintf("%s is left as it is: run %s, of a later tick, wrote it", files, run))
		} else {
			e.warn(fmt.Sprintf("%s are left as they are: run %s, of a later tick, wrote them", files, run))
		}
	}
}

// stageAll writes an output's file, or one for each item of a for_each where the path
// names the item, each beside its place.
func (e *publisher) stageAll(ctx context.Context, publication *publication, out *jobs.Output) ([]target.Published, error) {
	var written []target.Published
	all := e.exports(e.in, out)
	if err := e.refuseSamePath(all); err != nil {
		return nil, err
	}
	var told fileWarnings
	defer func() {
		for _, w := range told.all() {
			e.warn(w)
		}
	}()
	for _, x := range all {
		file, err := e.stage(ctx, publication, x, &told)
		if err != nil {
			return nil, err
		}
		written = append(written, file)
	}
	return written, nil
}

// stage writes one file completely, beside its place.
func (e *publisher) stage(ctx context.Context, publication *publication, x export, told *fileWarnings) (target.Published, error) {
	file := target.Published{Records: x.records.Count}
	path, latest, err := e.paths(x)
	if err != nil {
		return file, err
	}
	options := target.CreateOptions{
		Format: x.out.Format, Output: x.out.File.Text(), Overwrite: x.out.Overwrite, Resumed: e.Resumed, Latest: latest,
		Shared: !x.out.File.Uses("tick") && !x.out.File.Uses("run"),
	}
	if x.out.Manifest {
		options.Manifest = &target.Manifest{
			Job: e.Job.Name, Tick: e.Tick, QueryHash: e.in.origin.hash(), ServerVersion: e.in.serverVersion,
			Version: versionOf(x.version),
		}
	}
	staged, err := publication.create(ctx, path, options)
	if err != nil {
		return file, err
	}
	file.Path = staged.Path()
	shape, err := e.tables.shape(ctx, x)
	if err != nil {
		return file, err
	}
	if err := e.encode(ctx, staged, x, shape); err != nil {
		return file, inFile(file.Path, err)
	}
	if err := e.noteTypes(ctx, x, shape.Report); err != nil {
		return file, err
	}
	staged.SetRecords(x.records.Count)
	var own fileWarnings
	for _, column := range shape.Report.Absent {
		own.add(file.Path, "no record has the column "+column)
	}
	for _, note := range shape.Report.Notes {
		own.add(file.Path, note)
	}
	if options.Manifest != nil {
		options.Manifest.Warnings = slices.Clone(e.result.Warnings)
		for _, w := range own.all() {
			options.Manifest.Warnings = append(options.Manifest.Warnings, e.words().Text(w))
		}
	}
	for _, text := range own.texts {
		told.add(file.Path, text)
	}
	err = staged.Close()
	file.Bytes = staged.Bytes()
	return file, err
}

// versionOf is what a manifest says of a version.
func versionOf(v *version.Version) *target.VersionOf {
	if v == nil {
		return nil
	}
	return &target.VersionOf{Project: v.Project, Model: v.Model, ID: v.ID, CreatedAt: v.CreatedAt}
}

// inFile puts the file's name before an error about a value that doesn't fit its column
// or cell.
func inFile(path string, err error) error {
	if as[*record.MisfitError](err) || as[*format.SheetError](err) {
		return fmt.Errorf("%s: %w", path, err)
	}
	return err
}

// noteTypes notes the types of a file's columns for the next run, and warns of columns
// without one: the next file may have another type there.
func (e *publisher) noteTypes(ctx context.Context, x export, r *format.Report) error {
	if names := untyped(r.Columns); len(names) > 0 {
		const text = "%s: there is no value yet that says what type these columns have: %s; they are string in this file: " +
			"say their types with columns"
		e.warn(fmt.Sprintf(text, x.out.File.Text(), strings.Join(names, ", ")))
	}
	return e.tables.note(ctx, x.out, r.Columns)
}

// encode writes an export, or adds it to one that grows.
func (e *publisher) encode(ctx context.Context, to target.Staged, x export, shape format.Options) error {
	if !x.out.Append {
		return e.attached.encode(ctx, to, to.Path(), x, shape)
	}
	warning, err := to.Append(ctx, target.Append{Format: x.out.Format, Records: x.records, Tick: e.Tick, Shape: shape})
	if warning != "" {
		e.warn(warning)
	}
	return err
}
