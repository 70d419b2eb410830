package ui

import (
	"net/http"
	"time"
)

const (
	// stalled is how long who downloads may take nothing.
	stalled = time.Minute
	// putOff is how often that is counted anew, at most.
	putOff = time.Second
)

// steady lets a long answer go on for as long as somebody takes it: the server ends what
// takes a minute, which a large file does on a slow line.
type steady struct {
	http.ResponseWriter

	off time.Time // when the end was put off last
}

// Write gives what is written a minute of its own.
func (s *steady) Write(p []byte) (int, error) {
	if now := time.Now(); now.Sub(s.off) >= putOff {
		s.off = now
		_ = http.NewResponseController(s.ResponseWriter).SetWriteDeadline(now.Add(stalled)) // one that can't has no end
	}
	return s.ResponseWriter.Write(p)
}
