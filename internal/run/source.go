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

// origin is what the source of records says about them.
type origin interface {
	// hash is a hash of what is asked for, without the values of variables.
	hash() string
	// single reports whether there is only one record, as of a query that isn't paged.
	single() bool
	// columns gives the leaves of a record, columnsAt those below a place in it.
	columns() []query.Column
	columnsAt(path []string) []query.Column
	// typeOf gives the type of the values at a path; "": it isn't known. typesFrom says,
	// for people, where types come from.
	typeOf(path []string) string
	typesFrom() string
	// noun is what people call the records; "": there is no word for them.
	noun() string
}

// source gives records: those of a job, or the items of its for_each. It has one list,
// or one for each item.
type source interface {
	origin
	// unsure reports whether records may lack a place that select reads.
	unsure(place jq.Origin) bool
	// newestFirst reports whether a list comes ordered by a time.
	newestFirst() bool
	// fill gives the variables that one list is asked with: for an item, or for the zero
	// item without for_each.
	fill(it item) (map[string]jsontext.Value, error)
	// read reads one list to its end, into its sink. After an error the sink holds only
	// a part of the list; with Stats.Short, maybe.
	read(ctx context.Context, list *reading) (speckle.Stats, error)
}

// versioned is a source whose lists are each read of one version, which is chosen once,
// before anything is read.
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
	item      bool                      // it is of one item of a for_each: joinAll reports the progress of all
	memory    *memory.Memory            // nil: it doesn't read by last_success
	chooses   bool                      // only select uses last_success: the query gives old records, too
	spool     *kept.Spool

	// Set while it is read:
	sink     *sink.Sink
	version  *version.Version                  // the records are of it; nil: of none
	columns  []elements.Column                 // of elements: the columns that were found
	until    func(record []byte) (bool, error) // nil: all of it is read
	progress func(speckle.Progress)
	goesOn   func() // called before each further page is asked for; may be nil
}
