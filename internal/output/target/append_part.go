package target

import (
	"time"

	"speckle-runner/internal/output/format"
	"speckle-runner/internal/output/record"
)

// Append is one run's part of a file that grows.
type Append struct {
	Format  format.Format // csv or ndjson, also compressed: its parts are members of one stream
	Records record.Records
	Tick    time.Time
	Shape   format.Options
}
