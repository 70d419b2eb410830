package speckle

import (
	"context"
	"io"
	"net/http"

	"speckle-runner/internal/said"
)

// What follows is for requests that don't go to the client's own server: to a
// storage, without the token, or to what is no Speckle server.

// Watched makes connections end answers whose body stops for too long, as a
// client's own do.
func Watched(base http.RoundTripper) http.RoundTripper { return &watched{next: base} }

// Unreached makes an Error of what a request or the reading of its answer
// failed of; doing says what was tried. The address isn't in it.
func Unreached(ctx context.Context, words said.Words, doing string, err error) *Error {
	return networkError(context.WithValue(ctx, callKey{}, &call{words: words}), doing, err)
}

// Reader counts what is read of an answer, and ends it where the budget does.
func (b *Budget) Reader(in io.Reader) io.Reader { return b.reader(in) }

// NoAnswer says why nothing, or only half of an answer, came from an address, and
// what to do about it: also of one that is no Speckle server's.
func NoAnswer(ctx context.Context, doing string, err error) *Error {
	return networkError(context.WithValue(ctx, callKey{}, &call{}), doing, err)
}

// Unsent reports whether nothing of a request went out.
func (e *Error) Unsent() bool { return e.unsent }
