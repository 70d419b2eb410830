package speckle

import (
	"encoding/json"

	"speckle-runner/internal/speckle/split"
)

// ties looks for records that share the time at which a page ends, which makes the server
// lose rows. It does so only while a collection is read again, because finding a record's
// time takes a walk through it.
type ties struct {
	key   string // of a record's time
	edges map[string]bool
	last  string
	id    string // of the last record
	seen  string // a time that two records share
}

func (t *ties) look(record, id []byte) {
	if t == nil || t.seen != "" {
		return
	}
	var at string
	if json.Unmarshal(split.Member(record, t.key), &at) != nil {
		return
	}
	if at == t.last && string(id) != t.id && t.edges[at] {
		t.seen = at
	}
	t.last, t.id = at, string(id)
}

func (t *ties) found() string {
	if t == nil {
		return ""
	}
	return t.seen
}
