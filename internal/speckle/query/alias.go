package query

import (
	"strings"
)

// Readable writes a path of response keys for people: a key that is an alias is
// nothing that a schema or a manual knows, so its field stands behind it.
func (q *Query) Readable(keys []string) string {
	if q == nil {
		return strings.Join(keys, ".")
	}
	shown := make([]string, len(keys))
	at := q.root
	for i, key := range keys {
		shown[i] = key
		below := at.Child(key)
		if below == nil {
			continue // an index of a list, or nothing of the query
		}
		at = below
		if below.Name != key {
			shown[i] += " (field " + below.Name + ")"
		}
	}
	return strings.Join(shown, ".")
}

// ReadablePath does the same for a path that is joined by dots already.
func (q *Query) ReadablePath(path string) string { return q.Readable(strings.Split(path, ".")) }
