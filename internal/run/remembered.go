package run

import (
	"time"

	"speckle-runner/internal/output/target"
)

// Last is what the ledger knows of the job's last good run. The zero value
// means that there was none.
type Last struct {
	// Success is the tick of {last_success}: of the newest good run whose
	// messages have arrived, or are on their way, where the job goes by that.
	Success time.Time
	Records int64 // of the newest good run
	// Marks is what outputs with only_if_changed hold, or their receivers have,
	// by output.
	Marks map[string]Mark
	// Known names the records that the run of Success told, as its Result did;
	// nil: that isn't known.
	Known []byte
}

// Mark is what a run leaves with an output's receiver or in its file, for later
// runs to go on from. Output is "" for the job itself: its last success.
type Mark struct {
	Output  string
	Content string    // names the records as a whole; "": they aren't compared
	Tick    time.Time // of the run that left it; of Last only
	// Run and Files are that run, and what it wrote; of Last only, of an output
	// that is a file.
	Run   string
	Files []target.Published
	// Since is the tick of the mark that this one goes on from and falls with;
	// zero: it stands alone.
	Since time.Time
}

// Snapshot is what of an export the ledger keeps, for a later run to tell what
// changed.
type Snapshot struct {
	Ignoring string    // the fields that were left out, as a name; "" is none
	Tick     time.Time // of the run that took it
	State    []byte
}

// Table is what the ledger keeps of an output whose files say of which type each
// column is: files of other types can't be read together with those.
type Table struct {
	Output string
	Tick   time.Time // the newest that published it
	State  []byte
}
