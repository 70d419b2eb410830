package sink

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
)

// Watched are the keys that select makes from places that records may lack: a property of
// free JSON, or a field that the query doesn't select. Where no record has such a place, its
// name may be misspelt. A field of the query isn't watched: it may be null everywhere.
type Watched []*watchedKey

type watchedKey struct {
	key  string
	from jq.Origin
	seen atomic.Bool // some record has it; items of a for_each are read at once
}

// Watch gives the keys of a program that come from places which unsure says
// records may lack.
func Watch(program *jq.Program, unsure func(jq.Origin) bool) Watched {
	if program == nil {
		return nil
	}
	var keys Watched
	makes := program.Makes()
	for _, key := range slices.Sorted(maps.Keys(makes)) {
		if from := makes[key]; unsure(from) {
			keys = append(keys, &watchedKey{key: key, from: from})
		}
	}
	return keys
}

// look takes one record, and the data around it.
func (w Watched) look(record, data any) {
	for _, one := range w {
		if one.seen.Load() {
			continue
		}
		value := record
		if one.from.Data {
			value = data
		}
		if holds(value, one.from.Path) {
			one.seen.Store(true)
		}
	}
}

// holds reports whether a value has something at a path, be it null.
func holds(value any, path []string) bool {
	if len(path) == 0 {
		return true
	}
	if path[0] == jq.Each {
		list, _ := value.([]any)
		return slices.ContainsFunc(list, func(one any) bool { return holds(one, path[1:]) })
	}
	object, _ := value.(map[string]any)
	below, has := object[path[0]]
	return has && holds(below, path[1:])
}

// Tell warns of the keys that no record had anything for.
func (w Watched) Tell(warn func(string)) {
	var empty []string
	for _, one := range w {
		if !one.seen.Load() {
			empty = append(empty, fmt.Sprintf("%s (from %s)", one.key, jobs.Dotted(one.from)))
		}
	}
	if len(empty) > 0 {
		warn("select makes keys of what no record has, so they are null everywhere: " + strings.Join(empty, ", "))
	}
}
