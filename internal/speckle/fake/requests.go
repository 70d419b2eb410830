package fake

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxBody is MAX_REQUEST_BODY_SIZE_MB's default.
const maxBody = 100 << 20

// request is one entry of what was posted.
type request struct {
	Query     string         `json:"query"`
	Operation string         `json:"operationName"`
	Variables map[string]any `json:"variables"`
}

// entries is what was posted: one request, or a batch of them, or neither.
type entries struct {
	list    []request
	batch   bool
	problem *answer // the 400 it deserves instead
}

// read decodes a request's body.
func (s *Server) read(r *http.Request) *entries {
	raw, err := io.ReadAll(r.Body)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return unreadable("request entity too large")
	case err != nil:
		return unreadable("request aborted")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "" || strings.HasPrefix(kind, "multipart/") ||
		kind == "text/plain" || kind == "application/x-www-form-urlencoded" {
		a := refusal(newGraphError("BAD_REQUEST", crossSite))
		return &entries{problem: &a}
	}
	e := &entries{}
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		e.batch = true
		err = json.Unmarshal(raw, &e.list)
	} else if len(trimmed) > 0 {
		e.list = make([]request, 1)
		err = json.Unmarshal(raw, &e.list[0])
	} else {
		e.list = make([]request, 1)
	}
	if err != nil {
		return unreadable(strings.ToUpper(err.Error()[:1]) + err.Error()[1:])
	}
	return e
}

func unreadable(why string) *entries {
	return &entries{problem: &answer{http.StatusBadRequest, encode(map[string]any{
		"error": ordered{{"message", "Invalid request body: " + why}, {"code", "USER_INPUT_ERROR"}},
	})}}
}

// Seen is a request as the server saw it.
type Seen struct {
	At        time.Time
	Method    string
	Path      string
	Token     string // the id of the token it carried, valid or not; "" without
	UserAgent string
	Operation string // the operation's name
	Query     string
	Variables map[string]any
	Page      int // of its reading; 0 when it isn't known
	Batch     int // how many entries came in one request, this one among them; 0: it came alone
}

// maxSeen bounds the log; the oldest are forgotten.
const maxSeen = 1 << 16

type requestLog struct {
	mu    sync.Mutex
	list  []*Seen
	count int
}

func (l *requestLog) begin(r *http.Request, at time.Time) *Seen {
	text := strings.Replace(r.Header.Get("Authorization"), "Bearer ", "", 1)
	seen := &Seen{At: at, Method: r.Method, Path: r.URL.Path, Token: text[:min(tokenIDLength, len(text))], UserAgent: r.UserAgent()}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if len(l.list) >= maxSeen {
		l.list = slices.Delete(l.list, 0, maxSeen/2)
	}
	l.list = append(l.list, seen)
	return seen
}

// name notes what a request asks. Each entry of a batch has a line of its own,
// which is given.
func (l *requestLog) name(seen *Seen, e *entries) []*Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []*Seen{seen}
	for i, asked := range e.list {
		if i > 0 {
			next := *seen
			lines = append(lines, &next)
			l.list = append(l.list, &next)
		}
		lines[i].Operation, lines[i].Query, lines[i].Variables = asked.Operation, asked.Query, asked.Variables
		if e.batch {
			lines[i].Batch = len(e.list)
		}
	}
	return lines
}

func (l *requestLog) place(seen *Seen, operation string, page int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	seen.Operation, seen.Page = operation, page
}

// Requests gives every request since the start or the last Forget, in the
// order they arrived, entries of batches one by one; of very many, the newest.
func (s *Server) Requests() []Seen {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	out := make([]Seen, len(s.log.list))
	for i, seen := range s.log.list {
		out[i] = *seen
	}
	return out
}

// Count is how many requests arrived since the start or the last Forget, a batch
// as one.
func (s *Server) Count() int {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	return s.log.count
}

// Forget empties the log.
func (s *Server) Forget() {
	s.log.mu.Lock()
	defer s.log.mu.Unlock()
	s.log.list, s.log.count = nil, 0
}
