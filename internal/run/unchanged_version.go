package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"speckle-runner/internal/speckle/version"
)

// ofVersionMark stands, in a mark's content, between the hash of the records and the id
// of the version that they were read of.
const ofVersionMark = " version "

// ofVersion is the part of a mark that names the version. It is "" for a job that reads a
// version for each item, and for a query: its records may change while the version stays.
func (t *task) ofVersion() string {
	if t.version == nil || t.Job.Elements == nil {
		return ""
	}
	return t.markOf(t.version)
}

// markOf is that part for a version. Its data may move while its id stays, as from an
// object graph to a bundle, and so may what select looks at, as its message.
func (t *task) markOf(v *version.Version) string {
	text := []byte(v.Reference)
	if t.Job.Select != nil && t.Job.Select.Uses(askedVersion) {
		of, _ := json.Marshal(v) // texts always encode
		text = append(text, of...)
	}
	sum := sha256.Sum256(text)
	return ofVersionMark + v.ID + " " + hex.EncodeToString(sum[:16])
}

// recordsOf is the part of a mark that names the records.
func recordsOf(content string) string {
	records, _, _ := strings.Cut(content, ofVersionMark)
	return records
}

// hasVersion reports whether all outputs hold what the same job made of a version before:
// then it needn't be read. A select that goes by the time makes other records of it each day.
func (e *publisher) hasVersion(ctx context.Context, v *version.Version) bool {
	if e.Job.Select != nil && e.Job.Select.GoesByTime() {
		return false
	}
	for i := range e.Job.Outputs {
		out, mark := &e.Job.Outputs[i], e.Last.Marks[e.keys[i]]
		made := strings.HasSuffix(mark.Content, " "+e.Job.Hash+e.markOf(v))
		if !out.OnlyIfChanged || !made || !e.inPlace(ctx, i, mark) {
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
	e.Log.Info().Str("version", e.version.ID).Ints("outputs", e.result.Unchanged).Strs("paths", e.stayed()).
		Msg("unchanged: this version was published before; it wasn't read again")
}
