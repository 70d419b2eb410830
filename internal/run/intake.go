package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/speckle/version"
)

// intake is what the reader hands over to the publisher.
type intake struct {
	origin origin      // of the records, before select
	spool  *kept.Spool // the records
	items  []span      // of a for_each, in order
	holes  bool        // records are known to be missing from what was read, or may be

	total            bool      // the one record is a summary's, of no records at all
	alreadyPublished bool      // the version that was chosen is out there: nothing was read
	serverVersion    string    // for manifests, "" unless one is written
	withheld         *withheld // mutations that a dry run didn't send; nil in all other runs
}

// records is how many came. A total of no records is a row of a file, and no record.
func (in *intake) records() int64 {
	if in.total {
		return 0
	}
	return in.spool.Count()
}

// span is where the records of one item are in the spool.
type span struct {
	values   map[string]any
	version  *version.Version // nil: of none
	from, to kept.Mark
}

// recordShape is a hash of everything that decides which fields records have.
func (in *intake) recordShape(job *jobs.Job) string {
	shape := in.origin.hash()
	if job.Select != nil {
		shape += "\n" + job.Select.Text()
	}
	if job.Summarize != nil {
		shape += fmt.Sprintf("\n%v", *job.Summarize)
	}
	sum := sha256.Sum256([]byte(shape))
	return hex.EncodeToString(sum[:])
}
