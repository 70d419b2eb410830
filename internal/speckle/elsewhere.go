package speckle

import (
	"context"
	"io"
	"net/http"

	"speckle-runner/internal/said"
)

// What follows is for requests that don't go to the client's own server: to the storage of
// a version's files, without the token, or to a server that isn't Speckle's.

// Watched ends answers whose body stops for too long, as a client's own connections do.
func Watched(base http.RoundTripper) http.RoundTripper { return &watched{next: base} }

// Unreached makes an Error of why a request, or the reading of its answer, failed; doing says
// what was tried. The address isn't part of it.
func Unreached(ctx context.Context, words said.Words, doing string, err error) *Error {
	return networkError(context.WithValue(ctx, callKey{}, &call{words: words}), doing, err)
}

// Reader counts what is read of an answer, and gives an error once the budget is used up.
func (b *Budget) Reader(in io.Reader) io.Reader { return b.reader(in) }

// NoAnswer says why no answer, or only half of one, came from an address, and what to do.
// The address may be that of another server than Speckle's.
func NoAnswer(ctx context.Context, doing string, err error) *Error {
	return networkError(context.WithValue(ctx, callKey{}, &call{}), doing, err)
}

// Unsent reports whether nothing of a request went out.
func (e *Error) Unsent() bool { return e.unsent }
