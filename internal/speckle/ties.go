package speckle

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// maxEdges bounds how many pages' edges are remembered.
const maxEdges = 10_000

// note remembers a time at a page's edge.
func (w *walkthrough) note(edge string) {
	if w.edges == nil {
		w.edges = map[string]bool{}
	}
	if len(w.edges) < maxEdges {
		w.edges[edge] = true
	}
}

// from gives the cursor to send for the next page. Speckle's plain times begin
// strictly below the last row's, so that rows which share its time are skipped,
// and where Until ends the read no totalCount tells. So the next page begins a
// millisecond earlier in the list: it brings the last row again, with those
// that share its time. Without an id nobody could drop what comes twice.
func (w *walkthrough) from(next jsontext.Value) jsontext.Value {
	if w.overlap == string(next) { // a whole page of one time: go on behind it
		w.overlap, w.packed = "", timeOf(next)
		return next
	}
	w.overlap, w.packed = "", ""
	if w.rd.Until == nil || w.rd.Query.Paging.IDKey == "" || w.rd.nameless.all > 0 {
		return next
	}
	later := justAfter(next)
	if later != nil {
		w.overlap = string(next)
		return later
	}
	return next
}

// justAfter gives the cursor a millisecond later, nil for one that is no time.
func justAfter(cursor jsontext.Value) jsontext.Value {
	at, err := time.Parse(time.RFC3339, timeOf(cursor))
	if err != nil {
		return nil
	}
	text := at.Add(time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
	var written string
	if json.Unmarshal(cursor, &written) == nil && written != timeOf(cursor) {
		text = base64.StdEncoding.EncodeToString([]byte(text))
	}
	later, _ := json.Marshal(text) // a string
	return later
}

// ties looks for records that share a time which stands at a page's edge: what
// makes a server lose rows. It looks while a collection is read again, because
// to find a record's time takes a walk through it.
type ties struct {
	key   string // of a record's time
	edges map[string]bool
	last  string
	id    string // of the last record
	seen  string // a time that two records share
}

// ties prepares the search; before is one that was under way.
func (w *walkthrough) ties(before *ties) *ties {
	key := w.rd.Query.Paging.TimeKey
	if before != nil || key == "" || len(w.edges) == 0 {
		return before
	}
	return &ties{key: key, edges: w.edges}
}

func (t *ties) look(record, id []byte) {
	if t == nil || t.seen != "" {
		return
	}
	var at string
	if json.Unmarshal(member(record, t.key), &at) != nil {
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
