package outputtest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
)

// Receiver is a transport that keeps what it is sent and gives the answers in
// their order, the last one again and again; without any, 200.
type Receiver struct {
	mu       sync.Mutex
	Requests []*http.Request
	Bodies   []string
	Answers  []Answer
}

// Answer is what a Receiver gives.
type Answer struct {
	Status int
	After  string // Retry-After
	Body   string
	Err    error
}

// Sent is the contract of a message with records.
type Sent struct {
	Job     string            `json:"job"`
	Run     string            `json:"run"`
	Tick    string            `json:"tick"`
	Count   int               `json:"count"`
	Batch   int               `json:"batch"`
	Batches int               `json:"batches"`
	Records []json.RawMessage `json:"records"`
}

// RoundTrip keeps the request, and answers it.
func (r *Receiver) RoundTrip(req *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	r.Requests, r.Bodies = append(r.Requests, req), append(r.Bodies, string(body))
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	a := r.answer(len(r.Requests) - 1)
	if a.Err != nil {
		return nil, a.Err
	}
	header := http.Header{}
	if a.After != "" {
		header.Set("Retry-After", a.After)
	}
	return &http.Response{StatusCode: a.Status, Header: header, Body: io.NopCloser(strings.NewReader(a.Body)), Request: req}, nil
}

func (r *Receiver) answer(request int) Answer {
	if len(r.Answers) == 0 {
		return Answer{Status: http.StatusOK}
	}
	return r.Answers[min(request, len(r.Answers)-1)]
}

// Status gives what request i was answered.
func (r *Receiver) Status(i int) int { return r.answer(i).Status }
