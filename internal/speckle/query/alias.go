package query

import (
	"strings"
)

// Told writes a path of response keys for people: a key that is an alias is
// nothing that a schema or a manual knows, so its field stands behind it.
func (q *Query) Told(keys []string) string {
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

// ToldPath is told for a path that is joined already.
func (q *Query) ToldPath(path string) string { return q.Told(strings.Split(path, ".")) }
