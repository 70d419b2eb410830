package speckle

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/machinebox/graphql"

	"speckle-runner/internal/secret"
)

// maxTries is how often one request is sent within a run's attempt.
const maxTries = 5

// Options make a client. Token may be zero: public data needs none.
type Options struct {
	Server    Server
	Token     secret.Value
	UserAgent string
	Base      http.RoundTripper // nil: a transport of its own, with timeouts
}

// Client sends one job's queries with that job's token. Two jobs never share
// one, nor its connections.
type Client struct {
	graphql *graphql.Client
	base    http.RoundTripper
}

// NewClient makes a client for one server and one token. Close it after the
// run.
func NewClient(o Options) *Client {
	base := o.Base
	if base == nil {
		base = newBase()
	}
	caller := &http.Client{
		Transport:     &transport{server: o.Server, token: o.Token, userAgent: o.UserAgent, base: base},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &Client{graphql: graphql.NewClient(o.Server.Endpoint(), graphql.WithHTTPClient(caller)), base: base}
}

// Close ends the client's idle connections.
func (c *Client) Close() {
	if idle, ok := c.base.(interface{ CloseIdleConnections() }); ok {
		idle.CloseIdleConnections()
	}
}

// Answer is a request's data as the server sent it, byte for byte. Partial is
// set when errors stood beside the data.
type Answer struct {
	Data    json.RawMessage
	Partial *Error
	Bytes   int64
	Tries   int
}

// Do sends one query, again after what time may mend, up to five times within
// ctx. Data beside a server fault is tried again too; what remains of other
// errors beside data is Partial. A mutation is only sent again when the server
// said that it didn't take the first one.
func (c *Client) Do(ctx context.Context, q *Query, variables map[string]json.RawMessage) (Answer, error) {
	var answer Answer
	var last error
	wait := &backoff.ExponentialBackOff{InitialInterval: 500 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 30 * time.Second}
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		answer.Tries++
		last = c.once(ctx, q, variables, &answer)
		return struct{}{}, again(ctx, q, last, answer.Partial)
	}, backoff.WithMaxTries(maxTries), backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(0))
	return answer, last
}

// again says to the retry loop what an attempt's end means.
func again(ctx context.Context, q *Query, err error, partial *Error) error {
	failed, typed := errors.AsType[*Error](err)
	if err == nil {
		failed = partial
	}
	switch {
	case err == nil && partial == nil:
		return nil
	case ctx.Err() != nil || err != nil && !typed || !failed.Retryable():
		return backoff.Permanent(errors.New("final"))
	case q.Kind == "mutation" && failed.Kind != RateLimited:
		return backoff.Permanent(errors.New("may have been done"))
	case failed.RetryAfter > 0:
		return &backoff.RetryAfterError{Duration: failed.RetryAfter}
	default:
		return failed
	}
}

func (c *Client) once(ctx context.Context, q *Query, variables map[string]json.RawMessage, answer *Answer) error {
	request := graphql.NewRequest(q.Text)
	for name, value := range variables {
		request.Var(name, value)
	}
	x := &exchange{}
	var ignored json.RawMessage // the library decodes; the exchange has the bytes
	err := c.graphql.Run(context.WithValue(ctx, exchangeKey{}, x), request, &ignored)
	answer.Data, answer.Partial, answer.Bytes = x.answer.Data, x.partial, x.bytes
	if x.partial != nil {
		return nil //nolint:nilerr // the library's error is the first of the partial's, without its code
	}
	if typed, ok := errors.AsType[*Error](err); ok {
		return typed
	}
	return err
}
