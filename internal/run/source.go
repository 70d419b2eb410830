package run

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/elements"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/output/kept"
	"speckle-runner/internal/run/memory"
	"speckle-runner/internal/run/sink"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/version"
)

// origin is what is known of records by where they come from.
type origin interface {
	// hash names what is asked for, whatever its variables hold.
	hash() string
	// single reports whether all there is to read is one record.
	single() bool
	// columns gives the leaves of a record, columnsAt those below a place in it.
	columns() []query.Column
	columnsAt(path []string) []query.Column
	// typeOf is the type that a record's value has at a path, "" where that isn't
	// known; typesFrom says who says so.
	typeOf(path []string) string
	typesFrom() string
	// noun is what people call the records, "" for nothing that is known.
	noun() string
}

// source is where records come from: those of a job, or the items of its
// for_each. It gives one list, or one for each item.
type source interface {
	origin
	// unsure reports whether records may lack a place that select looks at.
	unsure(place jq.Origin) bool
	// newestFirst reports whether a list comes in the order of a time.
	newestFirst() bool
	// fill gives what one list is asked with, by name: for an item, or for the
	// zero item where there is none.
	fill(it item) (map[string]jsontext.Value, error)
	// read reads one list to its end, into its sink. An error means that the
	// sink holds a part only, Stats.Short that it may.
	read(ctx context.Context, list *reading) (speckle.Stats, error)
}

// versioned is a source whose lists are each of one version, which is chosen
// once, before anything is read.
type versioned interface {
	choose(ctx context.Context, list *reading) (*version.Version, error)
}

// reading is one list of a source to read to its end.
type reading struct {
	from      source
	variables map[string]jsontext.Value // what it is asked with
	program   *jq.Program               // nil: records as they come
	ends      *jq.Program               // until; nil: all of it is read
	each      []byte                    // the for_each record, for $each
	item      bool                      // of a for_each, which are read some at a time: somebody else tells how far they are
	memory    *memory.Memory            // nil: nothing in it comes by the mark
	chooses   bool                      // select alone may choose by the mark; else what comes hangs on it
	spool     *kept.Spool

	// What the source gives is taken, and told, by these.
	sink     *sink.Sink
	version  *version.Version                  // that it is read of; nil: of none
	columns  []elements.Column                 // of records of elements, when they were read
	until    func(record []byte) (bool, error) // nil: all of it is read
	progress func(speckle.Progress)
	goesOn   func() // before another page is asked for; may be nil
}
