package web

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web/ui"
)

// maxBody bounds what a request brings: hardly anything here takes a body.
const maxBody = 64 << 10

// bodyLimit is how much a request may bring.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == ui.CheckPath {
		return ui.MaxCheck
	}
	return maxBody
}

func (s *Server) bounded(limit time.Duration, e endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		answer, err := e.do(r.WithContext(ctx))
		if err != nil {
			s.fail(w, r, err)
			return
		}
		s.send(w, r, answer)
	})
}

// catch turns a panic into an answer, so that one bad request costs no other.
func (s *Server) catch(w *seenWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if cause != http.ErrAbortHandler { //nolint:errorlint // a panic's value, compared as net/http does
		s.o.Log.Error().Str("method", r.Method).Str("path", secret.Mask(r.URL.Path)).
			Str("cause", secret.Mask(fmt.Sprint(cause))).Bytes("stack", debug.Stack()).Msg("a request made the web server panic")
	}
	if cause == http.ErrAbortHandler || w.status != 0 { //nolint:errorlint // a panic's value, compared as net/http does
		panic(http.ErrAbortHandler) // cuts the connection: half an answer must not look whole
	}
	s.send(w, r, reply[any]{http.StatusInternalServerError, failure{Error: "this request went wrong inside the runner",
		Hint: "its log says where: please report it"}, nil})
}

// logRequest logs what was asked, without the address's query.
func (s *Server) logRequest(w *seenWriter, r *http.Request, began time.Time) {
	s.o.Log.Debug().Str("method", r.Method).Str("path", secret.Mask(r.URL.Path)).Str("from", r.RemoteAddr).
		Int("status", w.status).Int64("bytes", w.bytes).Dur("took_ms", time.Since(began)).Msg("request")
}

// seenWriter notes what was answered.
type seenWriter struct {
	http.ResponseWriter
	base   BasePath
	status int
	bytes  int64
}

// begin notes the status. Where it leads to gets its base here, and nowhere else.
func (w *seenWriter) begin(status int) {
	if w.status == 0 {
		w.status = status
		w.base.lead(w.Header())
	}
}

// WriteHeader notes the status.
func (w *seenWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write counts. What the text of a redirect says has no base, and nobody reads it.
func (w *seenWriter) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	if w.base != "" && w.status/100 == 3 {
		return len(p), nil
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *seenWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
