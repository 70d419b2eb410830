package speckle

import (
	"net/http"
	"strings"
)

// maxRequestID is longer than any id that a server or a proxy makes.
const maxRequestID = 64

// requestID gives the id by which the server's own log knows a request: what is
// printable of it, in ASCII and without spaces.
func requestID(h http.Header) string {
	id := said(strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, h.Get("X-Request-Id")))
	return id[:min(len(id), maxRequestID)]
}

// of notes which request an error is about.
func (e *Error) of(h http.Header) *Error {
	if e != nil {
		e.RequestID = requestID(h)
	}
	return e
}
