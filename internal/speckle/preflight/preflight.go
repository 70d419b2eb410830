// Package preflight asks servers what jobs would meet, before they run: is the server
// there, is its clock right, is the token good and until when, are its scopes enough,
// would the query be taken, is what it names there. It never sends a job's query.
package preflight

import (
	"context"
	"time"

	"speckle-runner/internal/speckle"
)

// Checker asks servers what jobs would meet, with small queries of its own:
// a job's query is never sent, and no mutation. It keeps each server's schema
// for the jobs that come later, and is safe for use by several goroutines.
type Checker struct {
	schemas schemas
}

// Check asks everything that can be asked without running the job. The token
// may be zero: then what needs none is asked.
func (p *Checker) Check(ctx context.Context, o speckle.Options, asked Asked) *Report {
	r := &Report{words: o.Words()}
	a := newAsker(o)
	defer a.close()
	var err error
	var clock speckle.Clock
	if r.Version, clock, err = greet(ctx, a.nobody); err != nil {
		r.server(err)
		return r
	}
	r.add(AboutServer, Good, "Speckle "+orUnknown(r.Version), "")
	if apart := clock.Apart(asked.Lookback); apart != "" {
		r.add(AboutServer, Warned, apart, clockHint)
	}
	if !o.Token.IsZero() {
		r.Token = a.token(ctx, r, tokenID(o))
		r.expiry(asked.Now)
		if r.Token.Accepted {
			a.scopes(ctx, r, asked)
			a.ids(ctx, r, asked.Queries)
		}
	}
	p.schemas.queries(ctx, o.Server, a, r, asked.Queries)
	return r
}

// CheckToken asks only whether the token is good, and how long: two or three
// small requests.
func (p *Checker) CheckToken(ctx context.Context, o speckle.Options, now time.Time) *Report {
	r := &Report{words: o.Words()}
	a := newAsker(o)
	defer a.close()
	r.Token = a.token(ctx, r, tokenID(o))
	r.expiry(now)
	return r
}

// clockHint is what a person does about a clock.
const clockHint = "let both machines set their clocks by the network (NTP)"

// greet asks without a token, so that a bad one doesn't hide a good server.
func greet(ctx context.Context, c *speckle.Client) (version string, clock speckle.Clock, err error) {
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	return c.Greet(ctx)
}

func orUnknown(version string) string {
	if version == "" {
		return "of an unknown version"
	}
	return version
}
