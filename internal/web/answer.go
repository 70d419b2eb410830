package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"

	"speckle-runner/internal/said"
	"speckle-runner/internal/scheduler"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/store"
	"speckle-runner/internal/web/ui"
)

// send writes an answer. It is encoded first, so that its status is true. What was
// read has a tag, and who has it already gets no more than 304.
func (s *Server) send(w http.ResponseWriter, r *http.Request, answer reply[any]) {
	kind := "application/json"
	if f, failed := answer.body.(failure); failed {
		kind = "application/problem+json"
		answer.body = problem{"about:blank", http.StatusText(answer.status), answer.status, f.Error, f}
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(answer.body); err != nil {
		panic(err) // catch tells: only a type that JSON doesn't know gets here
	}
	text := said.Escape(body.String())
	maps.Copy(w.Header(), answer.header)
	if answer.status == http.StatusOK && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		sum := sha256.Sum256([]byte(text))
		tag := `"` + hex.EncodeToString(sum[:16]) + `"`
		w.Header().Set("ETag", tag)
		if has(strings.Join(r.Header.Values("If-None-Match"), ","), tag) { // lines are one list
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(answer.status)
	_, _ = io.WriteString(w, text) // who asked may have gone
}

// has says whether a list of tags, as If-None-Match has them, holds one.
func has(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
			return true
		}
	}
	return false
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
	s.send(w, r, reply[any]{p.status, p.failure, p.header})
}

// wantsPage says whether a person looks at the answer, and no program.
func wantsPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/api/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// failPage answers a person with an error. Who isn't signed in is asked to.
func (s *Server) failPage(w http.ResponseWriter, r *http.Request, p *refusal) error {
	for name, values := range p.header {
		if p.status != http.StatusUnauthorized { // a browser would ask for a password by itself
			w.Header()[name] = values
		}
	}
	if p.status == http.StatusUnauthorized {
		next := "/"
		if r.Method == http.MethodGet {
			next = ownPath(r.URL.RequestURI())
		}
		return s.pages.SignIn(w, p.status, "", next)
	}
	return s.pages.Problem(w, p.status, p.Error(), p.Hint, !s.authorized(r))
}

// refusalOf says what an error means to who asked.
func (s *Server) refusalOf(err error) *refusal {
	if p, ok := errors.AsType[*refusal](err); ok {
		return p
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "the request is too large", tooLargeHint(large.Limit))
	}
	if errors.Is(err, ui.ErrBody) {
		return refuse(http.StatusBadRequest, err.Error(), "send it whole, and a form as its page does")
	}
	text := err.Error()
	switch _, down := s.o.Store.Down(); {
	case errors.Is(err, scheduler.ErrUnknown):
		return refuse(http.StatusNotFound, text, s.at("/api/v1/jobs")+" lists the jobs of the job file in force")
	case errors.Is(err, ui.ErrNoFile):
		return refuse(http.StatusNotFound, text, "the page of the run lists the files that it wrote")
	case errors.Is(err, store.ErrNotFound):
		return refuse(http.StatusNotFound, text, s.at("/api/v1/runs")+" lists the runs of the ledger")
	case errors.Is(err, store.ErrEnded):
		return refuse(http.StatusConflict, text, s.at("/api/v1/runs/RUN")+" tells how it ended")
	case errors.Is(err, store.ErrFull):
		return refuse(http.StatusInsufficientStorage, text, "free some space, then ask again: nothing was changed")
	case down, errors.Is(err, context.DeadlineExceeded), errors.Is(err, store.ErrRefused):
		is, _ := s.o.Store.Trouble(err)
		p := refuse(http.StatusServiceUnavailable, "the database "+is+": "+text, "ask again when /readyz is ready")
		p.header = http.Header{"Retry-After": {"5"}}
		return p
	}
	return refuse(http.StatusInternalServerError, text, "the log of `runner serve` says more")
}

// tooLargeHint says what a request may bring.
func tooLargeHint(limit int64) string {
	if limit == ui.MaxCheck {
		return "a job file is below 1 MiB, and this takes up to 3 MiB and 64 KiB as a form has it; `runner validate` reads files where they lie"
	}
	return "this takes no body, or a short form"
}
