package preflight

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// Asked is what one job wants to know.
type Asked struct {
	Queries []AskedQuery
	Needs   query.Needs // of the job
	Shared  query.Needs // of all jobs with this token: what is beyond it is too much
	Now     time.Time
	// Lookback is the job's: how far apart clocks may be without harm.
	Lookback time.Duration
}

// AskedQuery is one of a job's queries and the key that it stands under.
type AskedQuery struct {
	Key   string // "query" or "for_each.query"
	Query *query.Query
	Given map[string]query.Given // values that are known before a run
}

// asker sends a preflight's questions, with and without the job's token.
type asker struct {
	bearer, nobody *speckle.Client
}

func newAsker(o speckle.Options) *asker {
	o.Tries = questionTries
	a := &asker{bearer: speckle.NewClient(o)}
	o.Token = secret.Value{}
	a.nobody = speckle.NewClient(o)
	return a
}

func (a *asker) close() {
	a.bearer.Close()
	a.nobody.Close()
}

// Waits and tries of one question: a person waits, and a run asks again.
const (
	questionTimeout = 10 * time.Second
	questionTries   = 2
)

// ask sends one of the questions in this package.
func ask(ctx context.Context, c *speckle.Client, text string) (jsontext.Value, error) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	q, problems := query.Parse(text)
	if q == nil {
		return nil, fmt.Errorf("%s: %s", text, problems[0].Message)
	}
	return c.Ask(ctx, q, nil)
}
