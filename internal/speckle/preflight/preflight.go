// Package preflight asks servers what jobs would meet, before they run: is the server
// there, is its clock right, is the token good and until when, are its scopes enough,
// would the query be taken, is what it names there. It never sends a job's query.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"speckle-runner/internal/said"
	"speckle-runner/internal/secret"
	"speckle-runner/internal/speckle"
	"speckle-runner/internal/speckle/query"
)

// Checker asks servers what jobs would meet, with small queries of its own:
// a job's query is never sent, and no mutation. It keeps each server's schema
// for the jobs that come later, and is safe for use by several goroutines.
type Checker struct {
	schemas schemas
}

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

// Finding is one thing that was found out, or couldn't be.
type Finding struct {
	About   About   `json:"about"`
	Verdict Verdict `json:"verdict"`
	Text    string  `json:"text"`
	Hint    string  `json:"hint,omitempty"`
}

// About says what a finding is about.
type About string

// What findings are about, in the order in which they come.
const (
	AboutServer About = "server"
	AboutToken  About = "token"
	AboutOwner  About = "owner"
	AboutExpiry About = "expiry"
	AboutScopes About = "scopes"
	AboutQuery  About = "query"
	AboutIDs    About = "ids"
)

// Verdict says how a finding is.
type Verdict string

// Verdicts. Untold is what the server doesn't say.
const (
	Good   Verdict = "ok"
	Warned Verdict = "warning"
	Failed Verdict = "failed"
	Untold Verdict = "unknown"
)

// Report is what a job would meet. Unknown fields are zero.
type Report struct {
	Version  string // of the server
	Token    Token
	Findings []Finding

	words said.Words // how the server's texts are shown
}

// Token is what a token tells of itself.
type Token struct {
	Accepted bool
	Owner    string // name and, where the token may read it, address
	Role     string // of the owner on the server, "SERVER_USER"
	Mail     bool   // the owner's address can be read
	Profile  bool   // profile:read is among the scopes

	Listed  bool // the rest is known: the token has tokens:read
	Name    string
	Scopes  []string
	Expires time.Time // zero: in more than 50 years
}

// Bad reports whether something failed, of one kind or of any.
func (r *Report) Bad(about ...About) bool {
	for _, f := range r.Findings {
		for _, a := range about {
			if f.Verdict == Failed && f.About == a {
				return true
			}
		}
		if f.Verdict == Failed && len(about) == 0 {
			return true
		}
	}
	return false
}

func (r *Report) add(about About, verdict Verdict, text, hint string) {
	r.Findings = append(r.Findings, Finding{about, verdict, r.words.Line(text, speckle.MaxSaid), r.words.Line(hint, speckle.MaxSaid)})
}

// Waits and tries of one question: a person waits, and a run asks again.
const (
	questionTimeout = 10 * time.Second
	questionTries   = 2
)

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
	p.queries(ctx, o.Server, a, r, asked.Queries)
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

// server tells of a question that had no answer.
func (r *Report) server(err error) {
	var hint string
	if failed, ok := errors.AsType[*speckle.Error](err); ok {
		hint = failed.Hint
		if failed.Kind == speckle.RateLimited {
			hint = "ask again later"
		}
		r.add(AboutServer, Failed, failed.Message, hint)
		return
	}
	r.add(AboutServer, Failed, err.Error(), hint)
}

// soon is how long before its end a token is warned of.
const soon = 14 * 24 * time.Hour

func (r *Report) expiry(now time.Time) {
	switch left := r.Token.Expires.Sub(now); {
	case !r.Token.Listed:
	case r.Token.Expires.IsZero():
		r.add(AboutExpiry, Good, "the token doesn't expire", "")
	case left < soon:
		r.add(AboutExpiry, Warned, "the token expires "+within(left)+" ("+r.Token.Expires.UTC().Format("2006-01-02 15:04 MST")+")",
			"make a new one in time; the server then refuses this one without saying why")
	default:
		r.add(AboutExpiry, Good, "the token expires "+within(left)+" ("+r.Token.Expires.UTC().Format(time.DateOnly)+")", "")
	}
}

// within says how far away a time is, in days or hours.
func within(left time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "in 1 " + unit
		}
		return fmt.Sprintf("in %d %ss", n, unit)
	}
	switch days := int(left / (24 * time.Hour)); {
	case days > 0:
		return count(days, "day")
	case left >= time.Hour:
		return count(int(left/time.Hour), "hour")
	default:
		return "within the hour"
	}
}

func listOf(names []string) string { return strings.Join(names, ", ") }
