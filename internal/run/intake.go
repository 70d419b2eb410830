package run

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/speckle/version"
)

// intake is what reading hands over: all that publishing knows of it.
type intake struct {
	origin origin      // of the records, before select
	spool  *kept.Spool // the records
	items  []span      // of a for_each, in order
	holes  bool        // records are known to be missing from what was read, or may be

	total         bool      // the one record is a summary's, of no records at all
	same          bool      // the version that was chosen is published already: nothing was read
	serverVersion string    // for manifests, "" unless one is written
	withheld      *withheld // nil but for the mutation of a dry run, which gives no records
}

// none reports whether no record came, a total of them left aside.
func (in *intake) none() bool { return in.total || in.spool.Count() == 0 }

// span is where the records of one item are in the spool.
type span struct {
	values   map[string]any
	version  *version.Version // nil: of none
	from, to kept.Mark
}

// recordShape names what decides which fields records have.
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
