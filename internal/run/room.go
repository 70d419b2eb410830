package run

import (
	"fmt"

	"speckle-runner/internal/output"
	"speckle-runner/internal/speckle"
)

// roomError says that the records of a run are larger than the job allows:
// select may make much of little.
type roomError struct{ most int64 }

func (e *roomError) Error() string {
	return fmt.Sprintf("the records of this run are larger than max_bytes allows (%s) (select may give less; if they have to be, write a larger max_bytes in the job)",
		speckle.Size(e.most))
}

// roomFor bounds what a run keeps on disk until it publishes. Records that go
// through as they come are bounded by the answers that they came in.
func roomFor(spool *output.Spool, most int64) error {
	if spool.Bytes() > most {
		return &roomError{most}
	}
	return nil
}
