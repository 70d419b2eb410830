package web

import (
	"net/http"
	"strconv"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
)

// reply is an answer in JSON.
type reply[T any] struct {
	status int
	body   T
	header http.Header
}

// ok answers with 200, in the shape of what an endpoint gives.
func ok[T any](body T) (reply[T], error) { //nolint:unparam // the shape
	return reply[T]{status: http.StatusOK, body: body}, nil
}

// accepted answers with 202.
func accepted[T any](body T) (reply[T], error) { //nolint:unparam // the shape
	return reply[T]{status: http.StatusAccepted, body: body}, nil
}

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

// problem is a failure as RFC 9457 has it, application/problem+json.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	failure
}
