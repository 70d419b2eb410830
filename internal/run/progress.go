package run

// Progress is where a run is, for people who watch.
type Progress struct {
	Stage   Stage
	Pages   int
	Records int64
	Total   int64 // -1: unknown
	Bytes   int64
	Resumed int // the page at which this attempt went on from an earlier one; 0: it began anew

	Items, AllItems int // of a for_each: how many are read, and how many there are; else 0
}

// Stage is what a run is doing.
type Stage string

// The stages of a run, in their order.
const (
	Reading      Stage = "reading"
	ReadingAgain Stage = "reading again" // records were missing at the end, and are looked for
	Writing      Stage = "writing"
)
