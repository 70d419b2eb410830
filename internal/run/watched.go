package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/output"
)

// watched are the keys that select makes of places that the query doesn't
// name: a property of free JSON, or what it doesn't select. Such a key that is
// null in every record is misspelt, perhaps; a field of the query may well be
// null everywhere.
type watched []*watchedKey

type watchedKey struct {
	key, from string
	filled    atomic.Bool // some record has a value; items of a for_each are read at once
}

func watchedKeys(job *jobs.Job) watched {
	if job.Select == nil {
		return nil
	}
	var keys watched
	makes := job.Select.Makes()
	for _, key := range slices.Sorted(maps.Keys(makes)) {
		from := makes[key]
		if reach := job.Query.Reach(from.Data, from.Path); reach.Missing || reach.Free {
			keys = append(keys, &watchedKey{key: key, from: jobs.Dotted(from)})
		}
	}
	return keys
}

// look takes one value that select gives.
func (w watched) look(value any) {
	if len(w) == 0 {
		return
	}
	object, ok := value.(map[string]any)
	for _, one := range w {
		if !one.filled.Load() && (!ok || object[one.key] != nil) {
			one.filled.Store(true)
		}
	}
}

// tell warns of the keys that no record has a value for.
func (w watched) tell(records int64, warn func(string)) {
	if records == 0 {
		return
	}
	var empty []string
	for _, one := range w {
		if !one.filled.Load() {
			empty = append(empty, fmt.Sprintf("%s (from %s)", one.key, one.from))
		}
	}
	if len(empty) > 0 {
		warn(fmt.Sprintf("select makes keys that are null in every one of %s: %s: is that written as in the data?", output.Counted(records, "record"), strings.Join(empty, ", ")))
	}
}
