package output

import (
	"speckle-runner/internal/output/record"
)

// OnStep calls f between the steps of every publication of d.
func OnStep(d *Dir, f func(step string)) { d.step = f }

// ReadSize is where buffers end, for tests around it.
const ReadSize = record.ReadSize

// FoldCase makes d behave as on a disk where "A" and "a" are one file.
func FoldCase(d *Dir) {
	d.caseOnce.Do(func() {})
	d.foldsCase = true
}
