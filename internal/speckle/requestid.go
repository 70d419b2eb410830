package speckle

import (
	"net/http"
	"strings"

	"speckle-runner/internal/said"
)

// maxRequestID is longer than any id that a server or a proxy makes.
const maxRequestID = 64

// requestID gives the id that a request has in the server's log: its printable ASCII
// characters, without spaces.
func requestID(h http.Header, words said.Words) string {
	return words.Line(strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, h.Get("X-Request-ID")), maxRequestID)
}

// of notes the id of the request that an error is about.
func (e *Error) of(h http.Header, words said.Words) *Error {
	if e != nil {
		e.RequestID = requestID(h, words)
	}
	return e
}
