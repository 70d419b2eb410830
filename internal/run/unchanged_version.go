package run

import (
	"context"
	"strings"

	"speckle-runner/internal/speckle/version"
)

// ofVersionMark parts, in a mark's content, what names the records from the id
// of the version that they were read of.
const ofVersionMark = " version "

// ofVersion is what a mark says of the version; "" for a job that reads none, or
// one for each item. What a query gives may change while its version stays.
func (t *task) ofVersion() string {
	if t.version == nil || t.Job.Elements == nil {
		return ""
	}
	return ofVersionMark + t.version.ID
}

// recordsOf is what a mark says of the records.
func recordsOf(content string) string {
	records, _, _ := strings.Cut(content, ofVersionMark)
	return records
}

// holds reports whether all outputs hold what the same job has made of a version:
// then it needn't be read.
func (e *publisher) holds(ctx context.Context, v *version.Version) bool {
	for i := range e.Job.Outputs {
		out, mark := &e.Job.Outputs[i], e.Last.Marks[e.keys[i]]
		made := strings.HasSuffix(mark.Content, " "+e.Job.Hash+ofVersionMark+v.ID)
		if !out.OnlyIfChanged || !made || !e.stands(ctx, i, mark) {
			return false
		}
	}
	return len(e.Job.Outputs) > 0
}

// sameVersion notes that no output is published: each has this version already.
func (e *publisher) sameVersion() {
	for i := range e.Job.Outputs {
		e.unchanged[i] = true
		e.result.Unchanged = append(e.result.Unchanged, i+1)
	}
	e.Log.Info().Str("version", e.version.ID).Ints("outputs",
		e.result.Unchanged).Msg("unchanged: this version was published before; it wasn't read again")
}
