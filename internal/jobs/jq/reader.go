package jq

import (
	"errors"
	"fmt"
	"sync"
)

// maxDepth is how deep lists and objects may lie in each other, read or
// written. Speckle's deepest answers have a few dozen levels.
const maxDepth = 1000

// reader reads one JSON text. It is by hand, because reading costs a run more
// than its jq program does: jsontext's tokens took 1.6 times as long for a record
// of 600 bytes, encoding/json 2.5 times (see FuzzDecode for what it is held to).
// Its texts are parts of one copy of the whole, and it uses its stacks again.
type reader struct {
	text  string
	at    int
	items []any    // of all lists and objects that are being read
	names []string // of the members of all objects that are being read
}

var readers = sync.Pool{New: func() any { return new(reader) }}

func (r *reader) release() {
	clear(r.items[:cap(r.items)]) // or the pool keeps the record
	clear(r.names[:cap(r.names)])
	r.text, r.items, r.names = "", r.items[:0], r.names[:0]
	const most = 1 << 12
	if cap(r.items) <= most {
		readers.Put(r)
	}
}

var (
	errEnd   = errors.New("the text ends too early")
	errValue = errors.New("no JSON value")
	errDeep  = fmt.Errorf("lists and objects more than %d deep", maxDepth)
)

// skip passes white space and reports whether something follows.
func (r *reader) skip() bool {
	for ; r.at < len(r.text); r.at++ {
		switch r.text[r.at] {
		case ' ', '\t', '\n', '\r':
		default:
			return true
		}
	}
	return false
}

// take passes white space and one byte, if that comes next.
func (r *reader) take(c byte) bool {
	if r.skip() && r.text[r.at] == c {
		r.at++
		return true
	}
	return false
}
