package sink

import (
	"fmt"

	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/speckle"
)

// RoomError says that the records of a run are larger than the job allows:
// select may make much of little.
type RoomError struct{ most int64 }

// Error says what to do about it.
func (e *RoomError) Error() string {
	return fmt.Sprintf("the records of this run are larger than max_bytes allows (%s) (select may give less; if they have to be, write a "+
		"larger max_bytes in the job)",
		speckle.Size(e.most))
}

// RoomFor bounds what a run keeps on disk until it publishes. Records that go
// through as they come are bounded by the answers that they came in.
func RoomFor(spool *kept.Spool, most int64) error {
	if spool.Bytes() > most {
		return &RoomError{most}
	}
	return nil
}
