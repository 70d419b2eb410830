package speckle

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
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

// holdsNothing reports whether there is no value in a JSON text but null, in
// objects and lists of whatever depth.
func holdsNothing(text []byte) bool {
	in := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := in.ReadToken()
		if err != nil {
			return true // its end
		}
		switch token.Kind() {
		case '{', '}', '[', ']', 'n':
		case '"':
			if kind, n := in.StackIndex(in.StackDepth()); kind != '{' || n%2 == 0 {
				return false
			}
		default:
			return false
		}
	}
}
