package said

import (
	"io"
	"sync"
)

// Results is where a command writes what it was asked for. It never fails: what it
// couldn't write is told once, by Err, so that no command has to ask, and what it does
// meanwhile goes on.
type Results struct {
	to io.Writer

	mu  sync.Mutex
	err error // the first: nothing is written after it
}

// NewResults makes one of a stream.
func NewResults(to io.Writer) *Results { return &Results{to: to} }

// Unwrap gives the stream, for what asks whether a person looks at it.
func (r *Results) Unwrap() io.Writer { return r.to }

// Write writes, unless something before couldn't be written.
func (r *Results) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err == nil {
		_, r.err = r.to.Write(text)
	}
	return len(text), nil
}

// Err says why not everything was written, nil if it was.
func (r *Results) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}
