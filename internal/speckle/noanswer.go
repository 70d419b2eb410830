package speckle

import "context"

// NoAnswer says why nothing, or only half of an answer, came from an address, and
// what to do about it: also of one that is no Speckle server's.
func NoAnswer(ctx context.Context, doing string, err error) *Error {
	return networkError(context.WithValue(ctx, callKey{}, &call{}), doing, err)
}

// Unsent reports whether nothing of a request went out.
func (e *Error) Unsent() bool { return e.unsent }
