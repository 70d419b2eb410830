package run

import (
	"context"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/placeholder"
	"speckle-runner/internal/output"
)

// publish encodes every file beside its target and makes every message; then
// the files are renamed, all together. A reader sees the old set or the new
// one, and a message that can't be made leaves nothing half done.
func (e *attempt) publish(ctx context.Context) error {
	if err := e.compare(ctx); err != nil {
		return err
	}
	publication, err := e.runner.Dir.Begin(e.Run)
	if err != nil {
		return err
	}
	defer publication.Abort()
	e.report(Progress{Stage: Writing, Pages: e.result.Pages, Records: e.spool.Count(), Total: e.spool.Count()})
	var staged []output.Published
	outputs := map[string]string{}
	for i := range e.Job.Outputs {
		if out := &e.Job.Outputs[i]; out.IsFile() && !e.unchanged[i] {
			files, err := e.stageAll(ctx, publication, out)
			if err != nil {
				return fmt.Errorf("output %d: %w", i+1, err)
			}
			for _, f := range files {
				outputs[f.Path] = out.File.Text()
			}
			staged = append(staged, files...)
		}
	}
	if err := e.owe(ctx, staged); err != nil {
		return err
	}
	if e.Hold != nil {
		if err := e.Hold(ctx); err != nil {
			return err
		}
	}
	e.result.Files, err = publication.Commit(ctx)
	for i := range e.result.Files {
		f := &e.result.Files[i]
		f.Output = outputs[f.Path]
		e.result.Bytes += f.Bytes
	}
	return err
}

// export is what goes into one file.
type export struct {
	out     *jobs.Output
	records output.Records
	each    map[string]any // the item it is for, nil: all
}

// stageAll writes an output's one file, or one for each item of a for_each
// when the path names it.
func (e *attempt) stageAll(ctx context.Context, publication *output.Publication, out *jobs.Output) ([]output.Published, error) {
	if e.Job.ForEach == nil || !out.File.Uses("each") {
		file, err := e.stage(ctx, publication, export{out: out, records: e.spool.Records()})
		return []output.Published{file}, err
	}
	var files []output.Published
	for _, item := range e.items {
		records := e.spool.Between(item.from, item.to)
		file, err := e.stage(ctx, publication, export{out: out, records: records, each: item.values})
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// stage writes one file completely, and not yet to its place.
func (e *attempt) stage(ctx context.Context, publication *output.Publication, x export) (output.Published, error) {
	file := output.Published{Records: x.records.Count}
	path, err := x.out.File.Expand(e.values(x.each), placeholder.Path)
	if err != nil {
		return file, err
	}
	file.Path = path
	options := output.CreateOptions{Overwrite: x.out.Overwrite || e.Resumed}
	if !x.out.Latest.IsZero() {
		if options.Latest, err = x.out.Latest.Expand(e.values(x.each), placeholder.Path); err != nil {
			return file, err
		}
	}
	if x.out.Manifest {
		options.Manifest = &output.Manifest{
			Job: e.Job.Name, Tick: e.Tick, QueryHash: e.Job.Query.Hash(), ServerVersion: e.serverVersion,
		}
	}
	staged, err := publication.Create(path, options)
	if err != nil {
		return file, err
	}
	shape, err := e.shape(ctx, x)
	if err != nil {
		return file, err
	}
	if err := output.Encode(ctx, staged, x.out.Format, x.records, shape); err != nil {
		return file, err
	}
	staged.SetRecords(x.records.Count)
	for _, column := range shape.Report.Absent {
		e.warn(fmt.Sprintf("%s: no record has the column %s", path, column))
	}
	err = staged.Close()
	file.Bytes = staged.Bytes()
	return file, err
}
