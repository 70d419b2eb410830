package run

import "time"

// publisher makes files and messages of what was read, and puts the files in
// place: all of them, or none.
type publisher struct {
	*task
	in        *intake
	keys      []string          // names of outputs in the ledger
	unchanged map[int]bool      // by output, from 0: it isn't published
	contents  map[int]string    // by output with only_if_changed: names its records, the job and the version
	since     map[int]time.Time // by output with a snapshot: the tick that it is compared with
	tables    *tables
	attached  *attachments
}

func newPublisher(t *task, in *intake) *publisher {
	keys := outputKeys(t.Job.Outputs)
	return &publisher{task: t, in: in, keys: keys, tables: &tables{task: t, in: in, keys: keys},
		attached: newAttachments(t.Job)}
}
