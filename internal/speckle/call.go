package speckle

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/machinebox/graphql"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"
)

// call is one request on its way through the library and the layers below it:
// what the library would drop, they leave here.
type call struct {
	query   *query.Query
	plan    split.Plan
	limit   int            // of records, that the page is asked for
	take    split.Receiver // gets the records
	forget  func() error   // takes back what take got
	limits  sizes
	words   said.Words     // how the server's texts are shown
	budget  *Budget        // nil: none
	windows *split.Windows // reused from call to call
	tries   int
	bytes   int64 // of all tries' answers
	clock   Clock // of all of them
	given   bool  // take was called since the last forget
	answer  envelope
	partial *Error     // errors beside data
	taken   bool       // the records' place was in the answer
	items   int        // how many there were, up to the one that take gets
	plain   *plainCall // nil: it is GraphQL
	broken  int        // characters that were no Unicode in that one
	beside  int        // and beside the records, once all are read
}

// planFor gives the plan of a query.
func planFor(q *query.Query) split.Plan {
	if q.Paging == nil {
		return split.Plan{Path: []string{"data"}, All: true}
	}
	path := append([]string{"data"}, q.Paging.Path...)
	p := split.Plan{Path: append(path, q.Paging.Items)}
	if q.Paging.IDKey != "" {
		p.ID = []byte(`"` + q.Paging.IDKey + `"`) // a GraphQL name needs no escapes
	}
	return p
}

// sizes bound what is taken in one piece.
type sizes struct{ record, answer int }

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// begin starts a try: records of the one before are taken back.
func (x *call) begin() error {
	x.tries++
	x.answer, x.partial, x.taken, x.items, x.broken, x.beside = x.envelope(), nil, false, 0, 0, 0
	return x.takeBack()
}

func (x *call) envelope() envelope { return envelope{words: x.words, query: x.query} }

func (x *call) takeBack() error {
	if !x.given {
		return nil
	}
	x.given = false
	if err := x.forget(); err != nil {
		return &split.RefusedError{Err: err}
	}
	return nil
}

// read splits an answer's body.
func (x *call) read(response *http.Response) error {
	largest := x.limits.record
	if x.plan.All {
		largest = x.limits.answer
	}
	if x.windows == nil {
		x.windows = split.NewWindows(response.ContentLength)
	}
	s := split.New(x.budget.reader(response.Body), x.windows, largest)
	s.Plan, s.Most = x.plan, x.limits.answer
	inside := 0
	s.Take = func(record, id []byte) error {
		x.given, x.items, x.broken = true, s.Items, s.Broken
		inside += s.Broken
		return x.take(record, id)
	}
	err := s.Split()
	x.beside = s.AllBroken() - inside
	x.bytes += s.Bytes()
	x.taken, x.items = s.Taken, s.Items
	if err != nil {
		return x.stopped(response.StatusCode, s, err)
	}
	if err := x.answer.members(s.Skeleton); err != nil && err != io.EOF { //nolint:errorlint // EOF itself only: a wrapped one is a cut
		return &Error{Kind: BadAnswer, Status: response.StatusCode, Message: "the answer isn't whole JSON: " + x.words.Line(err.Error(), MaxSaid)}
	}
	return nil
}

// send runs one call through the library. What it gave to take stands only
// when the error is nil.
func (c *Client) send(ctx context.Context, x *call, variables map[string]jsontext.Value) error {
	request := graphql.NewRequest(x.query.Text)
	for name, value := range variables {
		request.Var(name, rawJSON(value))
	}
	x.tries = 0
	var ignored json.RawMessage // the call has the bytes
	ctx = context.WithValue(ctx, callKey{}, x)
	err := c.graphql.Run(ctx, request, &ignored)
	if err == nil {
		return nil
	}
	if back := x.takeBack(); back != nil {
		err = errors.Join(back, err)
	}
	if r, ok := errors.AsType[*split.RefusedError](err); ok {
		return r.Err
	}
	if failed, ok := errors.AsType[*Error](err); ok {
		return failed
	}
	return networkError(ctx, "send the query", err)
}

// rawJSON hands a value to the library as it was given.
func rawJSON(v jsontext.Value) json.RawMessage { return json.RawMessage(v) }
