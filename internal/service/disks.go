package service

import (
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

func writesLocally(o jobs.Output) bool { return o.IsFile() && !strings.Contains(o.File.Text(), "://") }
