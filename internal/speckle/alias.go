package speckle

import (
	"strings"
)

// told writes a path of response keys for people: a key that is an alias is
// nothing that a schema or a manual knows, so its field stands behind it.
func (q *Query) told(keys []string) string {
	if q == nil {
		return strings.Join(keys, ".")
	}
	shown := make([]string, len(keys))
	at := q.root
	for i, key := range keys {
		shown[i] = key
		below := at.child(key)
		if below == nil {
			continue // an index of a list, or nothing of the query
		}
		if at = below; below.name != key {
			shown[i] += " (field " + below.name + ")"
		}
	}
	return strings.Join(shown, ".")
}

// toldPath is told for a path that is joined already.
func (q *Query) toldPath(path string) string { return q.told(strings.Split(path, ".")) }
