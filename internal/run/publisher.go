package run

import "time"

// publisher makes files and messages of what was read, and puts the files in
// place: all of them, or none.
type publisher struct {
	*task
	in        *intake
	keys      []string          // what outputs are called from run to run
	unchanged map[int]bool      // outputs that are left out, from 0
	contents  map[int]string    // of outputs with only_if_changed
	since     map[int]time.Time // outputs that a snapshot was taken for: what it is told since
	tables    *tables
	attached  *attachments
}

func newPublisher(t *task, in *intake) *publisher {
	keys := outputKeys(t.Job.Outputs)
	return &publisher{task: t, in: in, keys: keys, tables: &tables{task: t, in: in, keys: keys},
		attached: newAttachments(t.Job)}
}
