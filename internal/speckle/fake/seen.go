package fake

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

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
