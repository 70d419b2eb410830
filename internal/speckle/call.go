package speckle

import (
	"context"

	"speckle-runner/internal/said"
	"speckle-runner/internal/speckle/query"
	"speckle-runner/internal/speckle/split"
)

// call is one request on its way through the GraphQL library and the layers below it. The
// layers leave here what the library doesn't pass on.
type call struct {
	query   *query.Query
	plan    split.Plan
	limit   int            // how many records the page is asked for
	take    split.Receiver // gets the records
	forget  func() error   // takes back what take got
	limits  sizes
	words   said.Words     // how the server's texts are shown
	budget  *Budget        // nil: none
	windows *split.Windows // reused from call to call
	tries   int
	bytes   int64 // of all tries' answers
	clock   Clock // as all answers together show it
	given   bool  // take was called since the last forget
	answer  envelope
	partial *Error     // errors beside data
	taken   bool       // the answer had the list of records
	items   int        // number of records so far, with the one that take gets
	plain   *plainCall // nil: it is GraphQL
	broken  int        // characters of that record that were no Unicode
	beside  int        // characters beside the records that were no Unicode, once all is read
}

// plainCall is a call that isn't GraphQL.
type plainCall struct {
	Plain
	read int64
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

// begin starts a try, and takes back the records of the one before.
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
