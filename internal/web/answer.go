package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"

	"speckle-runner/internal/said"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
)

// reply is an answer in JSON.
type reply struct {
	status int
	body   any
	header http.Header
}

func ok(body any) (reply, error)       { return reply{status: http.StatusOK, body: body}, nil }
func accepted(body any) (reply, error) { return reply{status: http.StatusAccepted, body: body}, nil }

// failure is the JSON of everything that is not done.
type failure struct {
	Error string `json:"error"`
	Hint  string `json:"hint"`
	Run   string `json:"run,omitempty"` // that stands in the way
}

// refusal is an error with its answer.
type refusal struct {
	failure
	status int
	header http.Header
}

func (p *refusal) Error() string { return p.failure.Error }

// refuse makes a refusal. Whatever it quotes from the request is masked.
func refuse(status int, text, hint string) *refusal {
	return &refusal{failure: failure{Error: secret.Mask(text), Hint: hint}, status: status}
}

// shown quotes what a request said, cut to what a line can hold.
func shown(text string) string {
	const most = 80
	return strconv.Quote(said.Start(text, most))
}

// send writes an answer. It is encoded first, so that its status is true.
func (s *Server) send(w http.ResponseWriter, answer reply) {
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(answer.body); err != nil {
		panic(err) // catch tells: only a type that JSON doesn't know gets here
	}
	maps.Copy(w.Header(), answer.header)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, said.Escape(body.String())) // who asked may have gone
}

// fail answers with an error, and logs it if it is the runner's own.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := s.refusalOf(err)
	if p.status >= http.StatusInternalServerError && r.Context().Err() == nil {
		s.o.Log.Error().Str("method", r.Method).Str("path", secret.Mask(r.URL.Path)).Str("error",
			secret.Mask(err.Error())).Msg("a request could not be answered")
	}
	if wantsPage(r) {
		err := s.failPage(w, r, p)
		if err == nil {
			return
		}
		s.o.Log.Error().Str("error", secret.Mask(err.Error())).Msg("the page of an error could not be made")
	}
	s.send(w, reply{p.status, p.failure, p.header})
}

// refusalOf says what an error means to who asked.
func (s *Server) refusalOf(err error) *refusal {
	if p, ok := errors.AsType[*refusal](err); ok {
		return p
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "the request is too large", "this takes no body")
	}
	text := err.Error()
	switch _, down := s.o.Store.Down(); {
	case errors.Is(err, scheduler.ErrUnknown):
		return refuse(http.StatusNotFound, text, "/api/v1/jobs lists the jobs of the job file in force")
	case errors.Is(err, store.ErrNotFound):
		return refuse(http.StatusNotFound, text, "/api/v1/runs lists the runs of the ledger")
	case errors.Is(err, store.ErrEnded):
		return refuse(http.StatusConflict, text, "/api/v1/runs/RUN tells how it ended")
	case errors.Is(err, store.ErrFull):
		return refuse(http.StatusInsufficientStorage, text, "free some space, then ask again: nothing was changed")
	case down, errors.Is(err, context.DeadlineExceeded):
		p := refuse(http.StatusServiceUnavailable, "the database doesn't answer: "+text, "ask again when /readyz is ready")
		p.header = http.Header{"Retry-After": {"5"}}
		return p
	}
	return refuse(http.StatusInternalServerError, text, "the log of `runner serve` says more")
}
