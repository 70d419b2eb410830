package web

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/web/ui"
)

const (
	// maxBody bounds what a request brings: hardly anything here takes a body.
	maxBody = 64 << 10
	// patience bounds an API request; probes ask often and give up sooner.
	patience      = 15 * time.Second
	probePatience = 2 * time.Second
)

// bodyLimit is how much a request may bring.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == ui.CheckPath {
		return ui.MaxCheck
	}
	return maxBody
}

// endpoint answers a request with JSON of one type.
type endpoint struct {
	do   func(r *http.Request) (reply[any], error)
	body reflect.Type
}

// answering makes a handler's function an endpoint that knows what it answers with.
func answering[T any](do func(r *http.Request) (reply[T], error)) endpoint {
	return endpoint{func(r *http.Request) (reply[any], error) {
		answer, err := do(r)
		return reply[any]{answer.status, answer.body, answer.header}, err
	}, reflect.TypeFor[T]()}
}

// checked has an endpoint of the API refuse parameters that it doesn't know, and a
// body: who sends one expects it to matter.
func (e endpoint) checked(parameters []string) endpoint {
	do := e.do
	e.do = func(r *http.Request) (reply[any], error) {
		if !isText(r.URL.Path) {
			return reply[any]{}, refuse(http.StatusBadRequest, "the address is not text", "send UTF-8 without NUL characters")
		}
		if err := checkParameters(r, parameters); err != nil {
			return reply[any]{}, err
		}
		if err := checkBody(r); err != nil {
			return reply[any]{}, err
		}
		return do(r)
	}
	return e
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

// isText says whether both databases can compare a text: PostgreSQL refuses
// what isn't, which would look like a fault of the runner.
func isText(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

func checkParameters(r *http.Request, known []string) error {
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuse(http.StatusBadRequest, "the query of the address can't be read", "percent-encode its values and join them with &")
	}
	for name, values := range given {
		switch {
		case !isText(strings.Join(values, "")):
			return refuse(http.StatusBadRequest, "parameter "+shown(name)+" is not text", "send UTF-8 without NUL characters")
		case slices.Contains(known, name):
		case len(known) == 0:
			return refuse(http.StatusBadRequest, "unknown parameter "+shown(name), "this takes no parameters")
		default:
			return refuse(http.StatusBadRequest, "unknown parameter "+shown(name), "known are: "+strings.Join(known, ", "))
		}
	}
	return nil
}

func checkBody(r *http.Request) error {
	if r.Method != http.MethodPost {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	if text := string(bytes.TrimSpace(body)); text != "" && text != "{}" {
		return refuse(http.StatusBadRequest, "this takes no body",
			"send the request without one; `runner run JOB --tick TIME` runs a job for another tick")
	}
	return nil
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
		Int("status", w.status).Int64("bytes", w.bytes).Dur("took", time.Since(began)).Msg("request")
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
