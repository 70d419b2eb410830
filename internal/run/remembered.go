package run

import (
	"time"

	"speckle-runner/internal/output/target"
)

// Last is what the ledger knows of the job's last good run. The zero value
// means that there was none.
type Last struct {
	// Success is the tick that {last_success} stands for: of the newest good run, or,
	// for a job that goes by its receivers, of the newest whose messages weren't given up.
	Success time.Time
	Records int64 // of the newest good run
	// Marks says by output what a file with only_if_changed holds, or a receiver has.
	Marks map[string]Mark
	// Known is the Known of the Result of the run of Success: hashes of its records; nil:
	// they aren't known.
	Known []byte
}

// Mark says what a run has put into an output's file or sent to its receiver, for later
// runs to go on from. Output is "" for the job itself: its last success.
type Mark struct {
	Output  string
	Content string    // a hash of the records, with the job's; "": they aren't compared
	Tick    time.Time // of the run that left it; in Last only
	// Run and Files are that run and what it wrote; in Last only, and only for a job
	// with only_if_changed at a file.
	Run   string
	Files []target.Published
	// Since is the tick of the mark that this one goes on from: when that one falls,
	// because its message is given up, this one falls with it. Zero: it stands alone.
	Since time.Time
}

// Snapshot is what the ledger keeps of an export, so that a later run can tell what
// changed.
type Snapshot struct {
	Ignoring string    // names the fields that were left out; "": none
	Tick     time.Time // of the run that took it
	State    []byte
}

// Table is what the ledger keeps of an output whose files have typed columns: files in
// which a column has another type can't be read together.
type Table struct {
	Output string
	Tick   time.Time // of the newest run that published it
	State  []byte
}
