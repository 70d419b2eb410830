package service

import (
	"context"
	"slices"
	"strings"

	"speckle-runner/internal/figures"
	"speckle-runner/internal/jobs"
	"speckle-runner/internal/store"
)

// DisksApart warns that each of several nodes writes local files to a disk of its own;
// "" where there is one node, as with SQLite, or no local file.
func DisksApart(file *jobs.File, database store.Name) string {
	if _, sqlite := database.File(); sqlite {
		return ""
	}
	const most = 5
	var names []string
	for _, job := range file.Enabled() {
		if slices.ContainsFunc(job.Outputs, writesLocally) {
			names = append(names, job.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	shown := strings.Join(names[:min(most, len(names))], ", ")
	if more := len(names) - most; more > 0 {
		shown += " and " + figures.Count(more, "more job")
	}
	return "with PostgreSQL every node writes its local files to its own disk (" + shown +
		"): with several nodes, give --output-dir a disk that they share, or write to s3://, gs:// or azblob://"
}

// unwritable gives why exports can't be written here; nil: they can be, or no job writes any here.
func (v *serving) unwritable() error {
	here := func(job *jobs.Job) bool { return slices.ContainsFunc(job.Outputs, writesLocally) }
	if !slices.ContainsFunc(v.scheduler.File().Enabled(), here) {
		return nil
	}
	return v.runner.Dir.Writable()
}

// warnUnwritable logs that: when the first export is due, nobody may look.
func (v *serving) warnUnwritable(context.Context) {
	if err := v.unwritable(); err != nil {
		v.log.Error().Str("error", err.Error()).Msg("exports can't be written here: runs with files will fail")
	}
}

func writesLocally(o jobs.Output) bool { return o.IsFile() && !strings.Contains(o.File.Text(), "://") }
